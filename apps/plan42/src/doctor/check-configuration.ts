import { existsSync } from "node:fs";
import { AppError } from "@plano/errors";
import { proxyUrl } from "@plano/protocol/proxy-url";
import {
  type ConfigProblem,
  type ConfigResult,
  describeProblem,
  type FoundConfig,
  findConfig,
  missingVariables,
  type RunnerConfig,
  readWrittenConfig,
} from "@plano/runner-home";
import { withLines } from "@plano/runner-home/edit";
import type { Context } from "../context.ts";
import { missingHint, tellMissing } from "../jobs/missing-variables.ts";
import { type Finding, failed, failure, ok, warning } from "./finding.ts";

/** What the configuration file gives the other checks to look at. */
export interface CheckedConfiguration {
  readonly finding: Finding;
  /** Undefined if there is none that a runner would take. Secrets whose variables are missing here are empty. */
  readonly config: RunnerConfig | undefined;
  /** Those variables. */
  readonly missing: readonly string[];
  /** The proxy that the file names, as far as the file can be read. */
  readonly httpProxy: string | undefined;
  /** The file and those that it names for secrets, of which some may not be there. */
  readonly files: readonly string[];
}

const check = "configuration";

/** Whether there is a configuration that a runner would take, and all that is wrong with it. */
export function checkConfiguration(
  path: string,
  { platform, environment }: Pick<Context, "platform" | "environment">,
): CheckedConfiguration {
  let found: FoundConfig;
  try {
    found = findConfig({ path, platform, variables: environment });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const mend = existsSync(path) ? undefined : "plan42 runner config sets the runner up.";
    return {
      finding: failed(check, error, mend),
      config: undefined,
      missing: [],
      httpProxy: undefined,
      files: [path],
    };
  }
  const { text, result, secretFiles } = found;
  const missing = result.ok ? [] : missingVariables(result.problems);
  const config = result.ok ? result.config : result.withoutVariables;
  return {
    finding: findingOf(path, text, result),
    config,
    missing,
    httpProxy: config === undefined ? writtenProxy(text) : config.httpProxy,
    files: [path, ...secretFiles],
  };
}

function findingOf(path: string, text: string, result: ConfigResult): Finding {
  if (result.ok) return ok(check, path);
  if (result.withoutVariables === undefined) return describeFaults(path, text, result.problems);
  return warning(check, `${path}\n${tellMissing(missingVariables(result.problems))}`, missingHint);
}

function describeFaults(path: string, text: string, problems: readonly ConfigProblem[]): Finding {
  const count = `${problems.length} ${problems.length === 1 ? "error" : "errors"}`;
  const lines = withLines(problems, text).map(describeProblem);
  const isToml = readWritten(text) !== undefined;
  const mend = isToml
    ? "Mend it there, or by plan42 runner config --set KEY=VALUE; plan42 runner config --validate looks at it again."
    : "Mend it there; or plan42 runner config writes a new one, and keeps this one beside it.";
  return failure(check, [`${path} has ${count}:`, ...lines].join("\n"), mend);
}

function writtenProxy(text: string): string | undefined {
  const proxy = readWritten(text)?.runner.http_proxy;
  return typeof proxy === "string" ? proxyUrl(proxy) : undefined;
}

/** Undefined if the text is no TOML. */
function readWritten(text: string) {
  try {
    return readWrittenConfig(text);
  } catch {
    return undefined;
  }
}
