import { ApiError, type Client, changeVersioned, isTransient } from "@plano/client";
import { type PathOf, runnerQueueSchema } from "@plano/protocol";
import { sleep, withDeadline } from "@plano/waiting";
import type { Logger } from "pino";

const attempts = 5;
const pauseMilliseconds = 250;
/** How long all attempts may take, in milliseconds. */
const limitMilliseconds = 8_000;

/**
 * Deletes a queue, whatever its version is by now. One that cannot be deleted is left to the server. Resolves to whether
 * there is nothing more to try.
 */
export function removeQueue(
  client: Client,
  path: PathOf<"getRunnerQueue">,
  version: number | undefined,
  log: Logger,
): Promise<boolean> {
  return withDeadline(limitMilliseconds, (signal) => tryToRemove(client, path, version, log, signal));
}

async function tryToRemove(
  client: Client,
  path: PathOf<"getRunnerQueue">,
  version: number | undefined,
  log: Logger,
  signal: AbortSignal,
): Promise<boolean> {
  for (let count = 1; ; count += 1) {
    try {
      const queue = await client.call("getRunnerQueue", { path, signal });
      await changeVersioned(
        { ...queue, Version: Math.max(queue.Version, version ?? 0) },
        {
          schema: runnerQueueSchema,
          change: ({ Version }) => client.call("deleteRunnerQueue", { path, ifMatch: Version, signal }),
        },
      );
      log.info({ queueID: path.queueId }, "queue deleted");
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return true;
      if (count >= attempts || !isTransient(error)) {
        log.warn(
          { err: error, queueID: path.queueId },
          "a queue could not be deleted; the server will do it",
        );
        return !isTransient(error);
      }
      await sleep(pauseMilliseconds * count);
    }
  }
}
