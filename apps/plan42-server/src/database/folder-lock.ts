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
      writeFileSync(file, `${process.pid}\n`, { flag: "wx", mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (cause) {
      if (!isExisting(cause)) {
        throw new AppError(`cannot write to the data folder ${folder}`, { code: "data-folder", cause });
      }
      const holder = readHolder(file);
      if (attempt > 0 || (holder !== process.pid && isAlive(holder))) {
        throw new AppError(`another server (process ${holder}) uses the data folder ${folder}`, {
          code: "data-folder-in-use",
          hint: "Stop it, or choose another folder with --data-dir.",
        });
      }
      rmSync(file, { force: true });
    }
  }
}

function readHolder(file: string): number {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return 0;
  }
}

function isAlive(processId: number): boolean {
  if (!Number.isInteger(processId) || processId <= 0) return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function isExisting(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "EEXIST";
}
