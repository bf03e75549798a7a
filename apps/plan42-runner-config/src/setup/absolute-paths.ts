import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Environment } from "../environment.ts";
import { fileOf, type Setup } from "./setup.ts";

/** A path as the runner finds it, wherever it is started: `~` and the folder, if not the current one, are put in. */
export function absolutePath(path: string, { HOME }: Environment, folder = "."): string {
  return path.startsWith("~/") ? join(HOME || homedir(), path.slice(2)) : resolve(folder, path);
}

/** A setup whose references to files are absolute; those of a file begin at its folder. */
export function withAbsolutePaths(setup: Setup, environment: Environment, folder?: string): Setup {
  const secret = (written: string) => {
    const file = fileOf(written);
    return file === undefined || file === "" ? written : `file:${absolutePath(file, environment, folder)}`;
  };
  return {
    ...setup,
    token: secret(setup.token),
    caFile: setup.caFile && absolutePath(setup.caFile, environment, folder),
    connections: setup.connections.map((one) => ({ ...one, token: secret(one.token) })),
  };
}
