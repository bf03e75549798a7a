import type { Logger } from "pino";
import { describeServer } from "../queues/poll-backoff.ts";

/** How the server was found at the last call, told in the log when it changes and once a minute. */
export interface ServerState {
  /** `ok`, `unauthorised`, or what went wrong. */
  readonly text: string;
  /** Takes the outcome of a call: undefined when it went well. */
  note(error: unknown): void;
}

const repeatMilliseconds = 60_000;

export function createServerState(log: Logger): ServerState {
  let text = "not asked yet";
  let isOk: boolean | undefined;
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    get text() {
      return text;
    },
    note: (error) => {
      const wasOk = isOk;
      const before = text;
      isOk = error === undefined;
      text = isOk ? "ok" : describeServer(error);
      if (isOk) {
        if (wasOk === false) log.info("the server answers again");
        return;
      }
      const now = performance.now();
      if (wasOk === false && text === before && now - toldAt < repeatMilliseconds) return;
      toldAt = now;
      log.error({ err: error }, `the server: ${text}`);
    },
  };
}
