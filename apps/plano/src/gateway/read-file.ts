import { constants, readFileSync, type Stats, statSync } from "node:fs";

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
