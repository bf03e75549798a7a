import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@plano/errors";

/**
 * Takes a folder for this process; returns how to let it go. A lock whose process is gone is taken over.
 * Throws an AppError if another process holds it.
 */
export function lockFolder(folder: string): () => void {
  const file = join(folder, "server.pid");
  for (let attempt = 0; ; attempt += 1) {
    try {
      writeFileSync(file, `${process.pid} ${startOf(process.pid)}\n`, { flag: "wx", mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if (!isExisting(cause)) {
        throw new AppError(`cannot write to the data folder ${folder}`, { code: "data-folder", cause });
      }
      const holder = readHolder(file);
      if (attempt > 0 || (holder.processId !== process.pid && isAlive(holder))) {
        throw new AppError(`another server (process ${holder.processId}) uses the data folder ${folder}`, {
          code: "data-folder-in-use",
          hint: "Stop it, or choose another folder with --data-dir.",
        });
      }
      rmSync(file, { force: true });
    }
  }
}

interface Holder {
  readonly processId: number;
  /** See {@link startOf}. */
  readonly start: string;
}

function readHolder(file: string): Holder {
  try {
    const [processId, start = ""] = readFileSync(file, "utf8").trim().split(" ");
    return { processId: Number(processId), start };
  } catch {
    return { processId: 0, start: "" };
  }
}

/** Whether the process lives, and is the one that took the lock: numbers of processes come again. */
function isAlive({ processId, start }: Holder): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return start === "" || startOf(processId) === start;
}

/** When a process began, in ticks since the machine did; empty where the system does not tell. */
function startOf(processId: number): string {
  try {
    // The name, in brackets, may hold anything; the fields after it are numbers.
    const fields = readFileSync(`/proc/${processId}/stat`, "utf8").split(") ").at(-1)?.split(" ");
    return fields?.[19] ?? "";
  } catch {
    return "";
  }
}

function isExisting(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}
