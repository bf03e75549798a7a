import { createHash } from "node:crypto";
import { lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import type { RunFiles } from "./run-files.ts";

/** What the address of a socket may have of bytes: 103 in macOS, 107 in Linux. */
const mostBytes = 103;

/**
 * Where the gateway of these files takes configurations while it runs: beside them or, where that path is too long for a
 * socket, in a folder of the user's own below one of `temporary`. Makes that folder; throws an AppError where it cannot.
 */
export function placeControlSocket(
  { controlSocket, run }: Pick<RunFiles, "controlSocket" | "run">,
  temporary: readonly string[],
): string {
  const name = `${createHash("sha256").update(run).digest("hex").slice(0, 16)}.sock`;
  const elsewhere = temporary.map((folder) => join(folder, `planoai-${userId()}`, name));
  const path = [controlSocket, ...elsewhere].find((place) => Buffer.byteLength(place) <= mostBytes);
  if (path === undefined) {
    throw new AppError(`the path is too long for a socket: ${controlSocket}`, {
      code: "path-too-long",
      hint: "Set HOME or TMPDIR to a folder with a shorter path.",
    });
  }
  if (path !== controlSocket) makeOwnFolder(dirname(path));
  return path;
}

/** In a folder that all may write to, somebody else may have been there before. */
function makeOwnFolder(folder: string): void {
  const failed = (reason: string, cause?: unknown) =>
    new AppError(`cannot keep the control socket in ${folder}: ${reason}`, {
      code: "write-failed",
      cause,
      hint: "Set HOME to a folder with a shorter path, or TMPDIR to one of your own.",
    });
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (cause) {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    if (!isThere) throw failed(describeCause(cause), cause);
  }
  const found = lstatSync(folder);
  const isOwn = found.isDirectory() && found.uid === userId() && (found.mode & 0o077) === 0;
  if (!isOwn) throw failed("others may write or look into it, or it is theirs");
}

/** There is one wherever there are such sockets. */
function userId(): number {
  return process.getuid?.() ?? 0;
}
