import { statSync } from "node:fs";

/** A file, and how it was. */
export interface WatchedFile {
  readonly path: string;
  /** `device:file:size:nanoseconds`; null if it was not there or could not be reached. The data plane makes the same text. */
  readonly stamp: string | null;
}

/** What a file is like now. */
export function watchedFile(path: string): WatchedFile {
  return { path, stamp: stampOf(path) };
}

function stampOf(path: string): string | null {
  try {
    const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  } catch {
    // Who reads the file tells what is wrong with it.
    return null;
  }
}
