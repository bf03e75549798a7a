import { resolve } from "node:path";
import { expandHome } from "@plano/runner-home";
import type { Environment } from "../environment.ts";
import { fileOf, type Setup } from "./setup.ts";

/** A path as the runner finds it, wherever it is started: `~` and the folder, if not the current one, are put in. */
export function absolutePath(path: string, environment: Environment, folder = "."): string {
  return resolve(folder, expandHome(path, environment));
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
