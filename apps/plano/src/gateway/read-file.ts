import { constants, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { AppError, describeCause } from "@plano/errors";

/** Whether something is at a path. Throws an AppError for what is there and cannot be reached, such as a link to nothing. */
export function isPresent(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (cause) {
    if (isMissing(cause) && linkTarget(path) === undefined) return false;
    throw new AppError(`cannot read ${path}: ${whyUnreadable(path, cause)}`, {
      code: "config-unreadable",
      cause,
    });
  }
}

/** Why reading what is at a path has failed, for use after a colon. A link to nothing is told with its target. */
export function whyUnreadable(path: string, cause: unknown): string {
  const target = isMissing(cause) ? linkTarget(path) : undefined;
  return target === undefined ? describeCause(cause) : `it is a link to ${target}, which is not there`;
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Reads a file of the user's whole. What is no file, and could have a reader wait or read for ever, is
 * refused; but for what this process was started with, such as `/dev/stdin`. The error says why.
 */
export function readUserFile(path: string, mostBytes = Number.POSITIVE_INFINITY): Buffer {
  if (isOwnDescriptor(path)) return readFileSync(path);
  const stats = statSync(path);
  if (!stats.isFile()) throw new Error(`it is ${describeKind(stats)}`);
  if (stats.size > mostBytes) throw new Error(`it has more than ${mostBytes} bytes`);
  // A pipe that is put in its place meanwhile is not waited for.
  return readFileSync(path, { flag: constants.O_RDONLY | constants.O_NONBLOCK });
}

/** Whether a path names what this process was started with, which can be read once; `<(command)` does, too. */
export function isOwnDescriptor(path: string): boolean {
  return /^(\/dev\/stdin|(\/dev|\/proc\/self)\/fd\/\d+)$/.test(path);
}

function describeKind(stats: Stats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a named pipe, not a file";
  return stats.isSocket() ? "a socket, not a file" : "a device, not a file";
}
