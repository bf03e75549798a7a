import { parseRunnerToken } from "@plano/crypto";
import {
  type FoundConfig,
  findConfig,
  type ReadConfigOptions,
  type RunnerConfig,
  usableConfig,
} from "@plano/runner-home";
import type { Logger } from "pino";

/** The configuration as it is at the moment. */
export interface Settings {
  current(): RunnerConfig;
  /** Keys, as the file has them, whose change waits for a restart. */
  restartNeeded(): readonly string[];
  /** The configuration file, and those that it names for secrets: what a change of is to be taken over. */
  files(): readonly string[];
  /** Reads the files again. What is wrong changes nothing; what needs a restart is told. */
  reload(log: Logger): void;
}

/** What a running daemon cannot change. A new token of the same runner it can. */
const fixed = [
  "url",
  "token",
  "runtime",
  "skipSslVerify",
  "caFile",
  "httpProxy",
  "metricsListen",
  "otlpEndpoint",
  "network",
  "labels",
] as const;

/** Settings that begin with a file as it was found. Throws an `AppError` if it is not right. */
export function createSettings(first: FoundConfig, options: ReadConfigOptions): Settings {
  let { config } = usableConfig(first, options.path);
  let { secretFiles } = first;
  let restartNeeded: readonly string[] = [];
  return {
    current: () => config,
    restartNeeded: () => restartNeeded,
    files: () => [options.path, ...secretFiles],
    reload: (log) => {
      try {
        const found = findConfig(options);
        // Also of a configuration that is wrong: what is missing there may come.
        ({ secretFiles } = found);
        const { config: next, warnings } = usableConfig(found, options.path);
        // One that was there when the daemon started is no change.
        if (next.token !== config.token) parseRunnerToken(next.token);
        for (const { path, message } of warnings) log.warn({ key: path }, message);
        const stays = fixed.filter((key) => key !== "token" || !isSameRunner(next.token, config.token));
        restartNeeded = stays
          .filter((key) => JSON.stringify(next[key]) !== JSON.stringify(config[key]))
          .map(asWritten);
        if (restartNeeded.length > 0) log.warn({ keys: restartNeeded }, "these changes need a restart");
        const kept = Object.fromEntries(stays.map((key) => [key, config[key]])) as Partial<RunnerConfig>;
        config = { ...next, ...kept };
        log.info("configuration reloaded");
      } catch (error) {
        log.error({ err: error }, "the changed configuration is wrong; the old one stays");
      }
    },
  };
}

/** Whether two tokens are of one runner, so that its queues and jobs go on with either. */
function isSameRunner(one: string, other: string): boolean {
  try {
    const [first, second] = [parseRunnerToken(one), parseRunnerToken(other)];
    return first.tenantId === second.tenantId && first.runnerId === second.runnerId;
  } catch {
    return false;
  }
}

/** A key as the file has it. */
function asWritten(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
