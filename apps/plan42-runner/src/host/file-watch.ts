import { unwatchFile, watchFile } from "node:fs";

/** Looks at some files every two seconds. */
export interface FileWatch {
  /** The files to look at from now on. They need not be there. */
  follow(paths: readonly string[]): void;
  close(): void;
}

const intervalMilliseconds = 2_000;

/** Calls back when a file has changed, has come or is gone. It keeps no process running. */
export function createFileWatch(onChange: () => void): FileWatch {
  let followed: ReadonlySet<string> = new Set();
  const follow = (paths: readonly string[]) => {
    const next = new Set(paths);
    for (const path of followed) if (!next.has(path)) unwatchFile(path, onChange);
    for (const path of next) {
      if (followed.has(path)) continue;
      watchFile(path, { interval: intervalMilliseconds, persistent: false }, onChange);
    }
    followed = next;
  };
  return { follow, close: () => follow([]) };
}
