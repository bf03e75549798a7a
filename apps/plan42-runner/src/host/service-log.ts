import { copyFileSync, fstatSync, ftruncateSync, statSync } from "node:fs";

export interface ServiceLogOptions {
  /** The descriptor that `write` writes to, at once. */
  readonly descriptor: number;
  readonly write: (line: string) => void;
  /** The file that a service's output goes to. */
  readonly path: string;
  /** How long the file may get. Default 10 MiB. */
  readonly limit?: number;
}

/**
 * Writes lines. Where they go to the service's file, which its manager has opened for appending, a file that gets
 * too long is copied to `PATH.1` and begun anew: no other could be put in its place while it is open.
 */
export function createServiceLog({ descriptor, write, path, limit = 10 * 2 ** 20 }: ServiceLogOptions) {
  const isService = isSameFile(descriptor, path);
  return (line: string): void => {
    if (isService && fstatSync(descriptor).size >= limit) {
      copyFileSync(path, `${path}.1`);
      ftruncateSync(descriptor, 0);
    }
    write(line);
  };
}

function isSameFile(descriptor: number, path: string): boolean {
  try {
    const [one, other] = [fstatSync(descriptor), statSync(path)];
    return one.isFile() && one.ino === other.ino && one.dev === other.dev;
  } catch {
    return false;
  }
}
