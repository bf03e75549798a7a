import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "../environment.ts";
import { fileOf, type Setup } from "./setup.ts";

/** A path as the runner finds it, wherever it is started: `~` and the current folder are put in. */
export function absolutePath(path: string, { HOME }: Environment): string {
  return path.startsWith("~/") ? join(HOME || homedir(), path.slice(2)) : resolve(path);
}

/** A setup whose references to files are absolute. */
export function withAbsolutePaths(setup: Setup, environment: Environment): Setup {
  const secret = (written: string) => {
    const file = fileOf(written);
    return file === undefined || file === "" ? written : `file:${absolutePath(file, environment)}`;
  };
  return {
    ...setup,
    token: secret(setup.token),
    connections: setup.connections.map((one) => ({ ...one, token: secret(one.token) })),
  };
}
