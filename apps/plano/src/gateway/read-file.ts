import { constants, readFileSync, readlinkSync, type Stats, statSync } from "node:fs";
import { AppError, describeCause } from "@plano/errors";

/** Whether something is at a path. Throws an AppError for what is there and cannot be reached, such as a link to nothing. */
export function isPresent(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && /^(ENOENT|ENOTDIR)$/.test(`${cause.code}`);
    const target = linkTarget(path);
    if (isMissing && target === undefined) return false;
    const told = isMissing ? `it is a link to ${target}, which is not there` : describeCause(cause);
    throw new AppError(`cannot read ${path}: ${told}`, { code: "config-unreadable", cause });
  }
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
