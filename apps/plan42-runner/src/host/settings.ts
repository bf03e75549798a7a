import { isSameRunner, parseRunnerToken } from "@plano/crypto";
import {
  type FoundConfig,
  findConfig,
  type ReadConfigOptions,
  type RunnerConfig,
  takeOver,
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
        ({ config, restartNeeded } = takeOver(config, next, isSameRunner));
        if (restartNeeded.length > 0) log.warn({ keys: restartNeeded }, "these changes need a restart");
        log.info("configuration reloaded");
      } catch (error) {
        log.error({ err: error }, "the changed configuration is wrong; the old one stays");
      }
    },
  };
}
