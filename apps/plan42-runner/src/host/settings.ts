import { type ReadConfigOptions, type RunnerConfig, readConfig } from "@plano/runner-home";
import type { Logger } from "pino";

/** The configuration as it is at the moment. */
export interface Settings {
  current(): RunnerConfig;
  /** Reads the file again. What is wrong changes nothing; what needs a restart is told. */
  reload(log: Logger): void;
}

/** What a running daemon cannot change. */
const fixed = [
  "url",
  "token",
  "runtime",
  "skipSslVerify",
  "caFile",
  "httpProxy",
  "metricsListen",
  "network",
] as const;

export function createSettings(first: RunnerConfig, options: ReadConfigOptions): Settings {
  let config = first;
  return {
    current: () => config,
    reload: (log) => {
      try {
        const { config: next, warnings } = readConfig(options);
        for (const { path, message } of warnings) log.warn({ key: path }, message);
        const needRestart = fixed.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(config[key]));
        if (needRestart.length > 0)
          log.warn({ keys: needRestart.map(asWritten) }, "these changes need a restart");
        const kept = Object.fromEntries(fixed.map((key) => [key, config[key]])) as Pick<
          RunnerConfig,
          (typeof fixed)[number]
        >;
        config = { ...next, ...kept };
        log.info("configuration reloaded");
      } catch (error) {
        log.error({ err: error }, "the changed configuration is wrong; the old one stays");
      }
    },
  };
}

/** A key as the file has it. */
function asWritten(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
