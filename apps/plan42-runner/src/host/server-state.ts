import { ApiError } from "@plano/client";
import { errorTypes } from "@plano/protocol";
import type { Logger } from "pino";
import { describeServer, isRefusal } from "../queues/poll-backoff.ts";

/** How the server was found at the last call, told in the log when it changes and once a minute. */
export interface ServerState {
  /** `ok`, `unauthorised`, or what went wrong. */
  readonly text: string;
  /** Whether the runner's token was refused at the last call. */
  readonly isRefused: boolean;
  /** Resolves when the service itself does not know the token, if it has never taken it before. */
  readonly rejected: Promise<void>;
  /** Takes the outcome of a call: undefined when it went well. */
  note(error: unknown): void;
}

const repeatMilliseconds = 60_000;
/** What helps when the service does not take the token. */
export const newTokenHint = "A new one: plan42 runner token NAME | plan42 runner config --set runner.token=-";

export function createServerState(log: Logger): ServerState {
  let text = "not asked yet";
  let isOk: boolean | undefined;
  let wasEverOk = false;
  let isRefused = false;
  const rejected = Promise.withResolvers<void>();
  let toldAt = Number.NEGATIVE_INFINITY;
  return {
    get text() {
      return text;
    },
    get isRefused() {
      return isRefused;
    },
    rejected: rejected.promise,
    note: (error) => {
      const wasOk = isOk;
      const before = text;
      isOk = error === undefined;
      wasEverOk ||= isOk;
      isRefused = isRefusal(error);
      if (!wasEverOk && isUnknownToken(error)) rejected.resolve();
      text = isOk ? "ok" : describeServer(error);
      if (isOk) {
        if (wasOk === false) log.info("the server answers again");
        return;
      }
      const now = performance.now();
      if (wasOk === false && text === before && now - toldAt < repeatMilliseconds) return;
      toldAt = now;
      if (isRefused) log.error({ err: error, hint: newTokenHint }, "the server refuses the runner's token");
      else log.error({ err: error }, `the server: ${text}`);
    },
  };
}

/** Whether the service says so in its own words; a proxy's 401 or a lack of rights may pass. */
function isUnknownToken(error: unknown): boolean {
  return error instanceof ApiError && error.status === 401 && error.errorType === errorTypes.unauthorized;
}
