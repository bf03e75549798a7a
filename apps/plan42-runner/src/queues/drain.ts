import { ApiError, type Client, ConnectionError, changeVersioned, createBackoff } from "@plano/client";
import { type PathOf, runnerQueueSchema } from "@plano/protocol";
import { sleep } from "@plano/waiting";
import type { Logger } from "pino";
import { isRefusal } from "./poll-backoff.ts";

/** Marks a queue as draining on the server while its poll goes on. */
export interface Drain {
  /** Begins to mark it. Safe to call twice. */
  begin(): void;
  /** Whether the server has acknowledged the mark, or does not know the queue. */
  readonly isMarked: boolean;
  /** Whether the server could not be told: it does not answer, or refuses the token. */
  readonly hasGivenUp: boolean;
  /** Resolves to the queue's version as far as it is known, once marking is over. */
  version(): Promise<number>;
}

interface DrainOptions {
  readonly client: Client;
  readonly path: PathOf<"getRunnerQueue">;
  readonly version: number;
  readonly log: Logger;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told when the server could not be. */
  readonly onGivenUp: () => void;
}

/** How long one call may take, in milliseconds. */
const callMilliseconds = 8_000;
/** How long a server that does not answer is tried, in milliseconds: nothing can come from it. */
const silentMilliseconds = 4_000;
/** How long one that answers with failures is tried. */
const failingMilliseconds = 30_000;

export function createDrain({ client, path, version, log, signal, onGivenUp }: DrainOptions): Drain {
  let known = version;
  let isMarked = false;
  let hasGivenUp = false;
  let marking: Promise<void> | undefined;

  const mark = async () => {
    const backoff = createBackoff({ minimum: 100, maximum: 2_000 });
    const start = performance.now();
    const deadline = callMilliseconds;
    while (!signal.aborted) {
      try {
        const queue = await client.call("getRunnerQueue", { path, signal, deadline });
        const marked = await changeVersioned(queue, {
          schema: runnerQueueSchema,
          change: ({ Version }) =>
            client.call("updateRunnerQueue", {
              path,
              ifMatch: Version,
              body: { IsHealthy: false, Draining: true },
              signal,
              deadline,
            }),
        });
        known = marked.Version;
        isMarked = true;
        return;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) {
          isMarked = true;
          return;
        }
        if (signal.aborted) return;
        const limit = error instanceof ConnectionError ? silentMilliseconds : failingMilliseconds;
        if (isRefusal(error) || performance.now() - start > limit) {
          log.warn(
            { err: error, queueID: path.queueId },
            "a queue is left as it is; the server will delete it",
          );
          hasGivenUp = true;
          onGivenUp();
          return;
        }
        log.warn({ err: error, queueID: path.queueId }, "a queue could not be marked as draining yet");
        await sleep(backoff.failed(error instanceof ApiError ? error.retryAfter : undefined), signal).catch(
          () => {},
        );
      }
    }
  };

  return {
    begin: () => {
      marking ??= mark();
    },
    get isMarked() {
      return isMarked;
    },
    get hasGivenUp() {
      return hasGivenUp;
    },
    version: async () => {
      await marking;
      return known;
    },
  };
}
