import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";

const tailWindowBytes = 256 * 1024;

/** The last lines of a log, at most `count`, without reading more of it than needed. */
export function lastLines(path: string, count: number): string[] {
  if (count <= 0 || !existsSync(path)) return [];
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    const start = Math.max(0, size - tailWindowBytes);
    const lines = readFrom(descriptor, start).toString("utf8").split("\n");
    if (lines.at(-1) === "") lines.pop();
    return lines.slice(-count);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Hands on what is added to a log from now on, also when the file is replaced by a new one,
 * until `signal` is aborted.
 */
export async function followLog(
  path: string,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const pollMilliseconds = 100;
  let current = openIfPresent(path);
  let position = current === undefined ? 0 : fstatSync(current).size;
  let decoder = new TextDecoder();
  while (!signal.aborted) {
    await pause(pollMilliseconds, signal);
    if (current !== undefined) {
      const added = readFrom(current, position);
      position += added.length;
      if (added.length > 0) write(decoder.decode(added, { stream: true }));
    }
    if (current === undefined || isReplaced(path, current)) {
      if (current !== undefined) closeSync(current);
      current = openIfPresent(path);
      position = 0;
      decoder = new TextDecoder();
    }
  }
  if (current !== undefined) closeSync(current);
}

/** Waits, but no longer than until `signal` is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

function readFrom(descriptor: number, start: number): Buffer {
  const { size } = fstatSync(descriptor);
  const buffer = Buffer.alloc(Math.max(0, Math.min(size - start, tailWindowBytes)));
  return buffer.subarray(0, readSync(descriptor, buffer, 0, buffer.length, start));
}

function openIfPresent(path: string): number | undefined {
  return existsSync(path) ? openSync(path, "r") : undefined;
}

function isReplaced(path: string, descriptor: number): boolean {
  return existsSync(path) && statSync(path).ino !== fstatSync(descriptor).ino;
}
