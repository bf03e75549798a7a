import { rmSync, writeFileSync } from "node:fs";
import { AppError } from "@plano/errors";
import { processStart } from "./process-start.ts";
import { type RunFiles, readIfPresent } from "./run-files.ts";

/**
 * Lets one program at a time start or stop the gateway of a home folder, or of a container.
 * Returns how to give the lock back. Throws an AppError while another program holds it.
 */
export function takeLock(files: Pick<RunFiles, "lockFile">): () => void {
  const mine = `${process.pid} ${processStart(process.pid)}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(files.lockFile, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(files.lockFile, { force: true });
    } catch (cause) {
      if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
    }
    const holder = readIfPresent(files.lockFile);
    if (holder === undefined) continue;
    const [pid = "", start] = holder.split(/ (.*)/s);
    if (processStart(Number(pid)) === start && start !== undefined) {
      throw new AppError(`another planoai is starting or stopping the gateway (pid ${pid})`, {
        code: "busy",
        hint: "Try again when it has finished.",
      });
    }
    rmSync(files.lockFile, { force: true });
  }
  throw new AppError(`cannot take the lock ${files.lockFile}`, { code: "busy", hint: "Try again." });
}
