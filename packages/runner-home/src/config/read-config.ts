import { existsSync, readFileSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { type ParseConfigOptions, parseConfig } from "./parse-config.ts";
import type { ConfigProblem, ConfigResult, RunnerConfig } from "./runner-config.ts";

export interface ReadConfigOptions {
  readonly path: string;
  readonly platform: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Exit code of a program whose configuration or token is bad; a service manager does not start it again. */
export const badConfigExitCode = 78;

/** A configuration file as it is found. */
export interface FoundConfig {
  readonly text: string;
  /** What it says, or all that is wrong with it. Its warnings are also about who may read the secrets. */
  readonly result: ConfigResult;
  /** The files that it names for secrets, whether or not they are there. */
  readonly secretFiles: readonly string[];
}

/** A configuration that a runner can work with. */
export interface UsableConfig {
  readonly config: RunnerConfig;
  readonly warnings: readonly ConfigProblem[];
}

/** Reads the configuration file, whatever it says. Throws an `AppError` if it cannot be read. */
export function findConfig({ path, platform, variables }: ReadConfigOptions): FoundConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError(`failed to open config file: ${path}: ${describeCause(cause)}`, {
      code: "no-config",
      cause,
      hint: existsSync(path)
        ? "It must be a file that this user may read."
        : "It is written by: plan42 runner config, or plan42 runner token NAME --write-config",
      exitCode: badConfigExitCode,
    });
  }
  const options = machineOptions({ path, platform, variables });
  const secretFiles: string[] = [];
  const result = parseConfig(text, {
    ...options,
    readFile: (file) => {
      secretFiles.push(file);
      return options.readFile(file);
    },
  });
  const open = [path, ...secretFiles].filter(isOpenToOthers).map((file) => ({
    path: "",
    message: `${file} can be read by others; chmod 600 keeps the token private`,
  }));
  return { text, result: { ...result, warnings: [...result.warnings, ...open] }, secretFiles };
}

/** What a file that was found says. Throws an `AppError` that names everything that is wrong with it. */
export function usableConfig({ result }: FoundConfig, path: string): UsableConfig {
  if (result.ok) return result;
  throw new AppError(result.problems.map(describeProblem).join("\n"), {
    code: "bad-config",
    hint: `In ${path}.`,
    exitCode: badConfigExitCode,
  });
}

/** Reads the configuration file. Throws an `AppError` if it cannot be read, or is not right. */
export function readConfig(options: ReadConfigOptions): UsableConfig {
  return usableConfig(findConfig(options), options.path);
}

/** A configuration as a shell knows it that need not have the runner's variables. */
export interface LocalConfig {
  readonly config: RunnerConfig;
  /** The variables that are not set here: the secrets that they stand for are empty. */
  readonly missing: readonly string[];
}

/** Reads the configuration file without what variables are missing for. Throws as {@link readConfig} does. */
export function readLocalConfig(options: ReadConfigOptions): LocalConfig {
  const found = findConfig(options);
  const { result } = found;
  if (result.ok || result.withoutVariables === undefined) {
    return { config: usableConfig(found, options.path).config, missing: [] };
  }
  return { config: result.withoutVariables, missing: missingVariables(result.problems) };
}

/** The variables that problems are about, each once. */
export function missingVariables(problems: readonly ConfigProblem[]): readonly string[] {
  return [...new Set(problems.flatMap(({ variable }) => variable ?? []))];
}

/** `runner.max_jobs (line 4): it must be …`. */
export function describeProblem({ path, message, line }: ConfigProblem): string {
  const place = line === undefined ? path : `${path} (line ${line})`;
  return path === "" ? message : `${place}: ${message}`;
}

/** Whether others than its owner can read a file. One that is not there nobody can. */
export function isOpenToOthers(path: string): boolean {
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0;
}

/** What a configuration is read with on this machine, from the file at `path` if it is in one. */
export function machineOptions({
  path,
  platform,
  variables,
}: Omit<ReadConfigOptions, "path"> & { readonly path?: string }): ParseConfigOptions {
  return {
    platform,
    processors: availableParallelism(),
    variable: (name) => variables[name],
    readFile: (file) => readFileSync(file, "utf8"),
    ...(path !== undefined && { folder: dirname(resolve(path)) }),
  };
}
