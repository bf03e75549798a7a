import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, describeCause } from "@plano/errors";

/** Writes a service's file in one step, for everybody to read. Its folder need not be there. */
export function writeDefinition(path: string, text: string): void {
  const beside = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    writeFileSync(beside, text, { mode: 0o644 });
    chmodSync(beside, 0o644);
    renameSync(beside, path);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new AppError(`cannot write ${path}: ${describeCause(cause)}`, {
      code: "write-failed",
      cause,
      hint: "Its folder must be this user's: a service of theirs is kept there.",
    });
  }
}

/** What a service's file says; nothing if there is none that can be read. */
export function readDefinition(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
