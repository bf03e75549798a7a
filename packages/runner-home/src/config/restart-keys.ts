import type { RunnerConfig } from "./runner-config.ts";

/** What a running daemon cannot change. A new token of the same runner it can. */
const fixedKeys = [
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
] as const satisfies readonly (keyof RunnerConfig)[];

/** A changed configuration as a daemon with the one before takes it over. */
export interface TakenOver {
  readonly config: RunnerConfig;
  /** Keys, as the file has them, whose change waits for a restart. */
  readonly restartNeeded: readonly string[];
}

/** Takes a changed configuration over, but for what needs a restart; `isSameRunner` compares tokens. */
export function takeOver(
  before: RunnerConfig,
  next: RunnerConfig,
  isSameRunner: (token: string, other: string) => boolean,
): TakenOver {
  const isEqual = (key: (typeof fixedKeys)[number]) =>
    JSON.stringify(next[key]) === JSON.stringify(before[key]) ||
    (key === "token" && isSameRunner(next.token, before.token));
  const waiting = fixedKeys.filter((key) => !isEqual(key));
  const kept = Object.fromEntries(waiting.map((key) => [key, before[key]])) as Partial<RunnerConfig>;
  return { config: { ...next, ...kept }, restartNeeded: waiting.map(asWritten) };
}

/** A key as the file has it. */
function asWritten(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
