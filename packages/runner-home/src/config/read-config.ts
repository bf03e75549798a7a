import { readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { AppError, describeCause } from "@plano/errors";
import { type ParseConfigOptions, parseConfig } from "./parse-config.ts";
import type { ConfigProblem, RunnerConfig } from "./runner-config.ts";

export interface ReadConfigOptions {
  readonly path: string;
  readonly platform: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Exit code of a program whose configuration or token is bad; a service manager does not start it again. */
export const badConfigExitCode = 78;

/** Reads the configuration file. Throws an `AppError` that names everything that is wrong with it. */
export function readConfig(options: ReadConfigOptions): {
  readonly config: RunnerConfig;
  readonly warnings: readonly ConfigProblem[];
} {
  const { path, platform, variables } = options;
  let text: string;
  let isPrivate: boolean;
  try {
    text = readFileSync(path, "utf8");
    isPrivate = (statSync(path).mode & 0o077) === 0;
  } catch (cause) {
    throw new AppError(`failed to open config file: ${path}: ${describeCause(cause)}`, {
      code: "no-config",
      cause,
      hint: "It is written by: plan42 runner config, or plan42 runner token NAME --write-config",
      exitCode: badConfigExitCode,
    });
  }
  const result = parseConfig(text, machineOptions({ platform, variables }));
  if (!result.ok) {
    const lines = result.problems.map((one) =>
      one.path === "" ? one.message : `${one.path}: ${one.message}`,
    );
    throw new AppError(lines.join("\n"), {
      code: "bad-config",
      hint: `In ${path}.`,
      exitCode: badConfigExitCode,
    });
  }
  const open = { path: "", message: `${path} can be read by others; chmod 600 keeps the token private` };
  return { config: result.config, warnings: isPrivate ? result.warnings : [...result.warnings, open] };
}

/** What a configuration is read with on this machine. */
export function machineOptions({
  platform,
  variables,
}: Pick<ReadConfigOptions, "platform" | "variables">): ParseConfigOptions {
  return {
    platform,
    processors: availableParallelism(),
    variable: (name) => variables[name],
    readFile: (file) => {
      try {
        return readFileSync(file, "utf8");
      } catch {
        return undefined;
      }
    },
  };
}
