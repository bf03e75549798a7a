import { dirname, resolve } from "node:path";
import { AppError } from "@plano/errors";
import {
  type ConfigProblem,
  machineOptions,
  parseConfig,
  type RunnerConfig,
  readWrittenConfig,
} from "@plano/runner-home";
import { runtimeRefusal } from "../checks/runtime-refusal.ts";
import type { Context } from "../context.ts";
import { setupOf } from "../setup/setup.ts";
import { parseWritten } from "./parse-written.ts";
import { platformRuntime } from "./platform-runtime.ts";

/** What this machine's runner would make of a file. */
export interface Verdict {
  /** Why it does not start; with any of these it takes nothing of the file. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** Undefined if it cannot be read. */
  readonly config: RunnerConfig | undefined;
}

interface JudgeOptions {
  /** Where the file is. */
  readonly path: string;
  /** Default false. */
  readonly followsReferences?: boolean;
}

/**
 * The one place that says whether a text, which is TOML, is one that a runner would start with. Where references to
 * variables and files lead counts only if they are followed: a service has other variables than a shell.
 */
export async function judgeText(
  text: string,
  { path, followsReferences = false }: JudgeOptions,
  context: Context,
): Promise<Verdict> {
  const { environment, platform } = context;
  const result = followsReferences
    ? parseConfig(text, machineOptions({ path, platform, variables: environment }))
    : parseWritten(text, context, path);
  const written = readWrittenConfig(text);
  const { runtime, caFile } = setupOf(written, platformRuntime(platform));
  const refusal = runtimeRefusal(runtime, written, platform);
  const certificates = caFile === "" ? undefined : await certificateFault(resolve(dirname(path), caFile));
  const problems: readonly ConfigProblem[] = [
    ...(result.ok ? [] : result.problems),
    ...(refusal === undefined
      ? []
      : [{ path: `runner.${refusal.key}`, message: `${refusal.message}. ${refusal.hint}` }]),
    ...(certificates === undefined ? [] : [{ path: "runner.ca_file", message: certificates }]),
  ];
  return {
    problems,
    // What is a problem is not told twice.
    warnings: result.warnings.filter(({ path }) => !problems.some((one) => one.path === path)),
    config: result.ok ? result.config : undefined,
  };
}

/** Those of the second list that the first has not. */
export function newOnes(
  before: readonly ConfigProblem[],
  after: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  return after.filter(
    ({ path, message }) => !before.some((one) => one.path === path && one.message === message),
  );
}

async function certificateFault(path: string): Promise<string | undefined> {
  // Loaded late: the form is to be seen at once.
  const { readAuthorities } = await import("@plano/client/node");
  try {
    readAuthorities(path);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error.message;
    throw error;
  }
}
