import { statSync } from "node:fs";

/** A file, and how it was. */
export interface WatchedFile {
  readonly path: string;
  /** `device:file:size:nanoseconds`; null if it was not there. The data plane makes the same text. */
  readonly stamp: string | null;
}

/** What a file is like now. */
export function watchedFile(path: string): WatchedFile {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  const stamp = file === undefined ? null : `${file.dev}:${file.ino}:${file.size}:${file.mtimeNs}`;
  return { path, stamp };
}
