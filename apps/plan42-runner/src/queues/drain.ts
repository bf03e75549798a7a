import { ApiError, type Client, changeVersioned, createBackoff, sleep } from "@plano/client";
import { type PathOf, runnerQueueSchema } from "@plano/protocol";
import type { Logger } from "pino";

/** Marks a queue as draining on the server while its poll goes on. */
export interface Drain {
  /** Begins to mark it. Safe to call twice. */
  begin(): void;
  /** Whether the server has acknowledged the mark, or does not know the queue. */
  readonly isMarked: boolean;
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
}

export function createDrain({ client, path, version, log, signal }: DrainOptions): Drain {
  let known = version;
  let isMarked = false;
  let marking: Promise<void> | undefined;

  const mark = async () => {
    const backoff = createBackoff({ minimum: 100, maximum: 2_000 });
    while (!signal.aborted) {
      try {
        const queue = await client.call("getRunnerQueue", { path, signal });
        const marked = await changeVersioned(queue, {
          schema: runnerQueueSchema,
          change: ({ Version }) =>
            client.call("updateRunnerQueue", {
              path,
              ifMatch: Version,
              body: { IsHealthy: false, Draining: true },
              signal,
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
    version: async () => {
      await marking;
      return known;
    },
  };
}
