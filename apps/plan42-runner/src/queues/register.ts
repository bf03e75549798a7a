import { ApiError, conflictingObject } from "@plano/client";
import { runnerQueueSchema } from "@plano/protocol";
import { createPollBackoff, waitToRetry } from "./poll-backoff.ts";
import type { QueueDependencies } from "./queue.ts";
import { createQueueIdentity, type QueueIdentity } from "./queue-keys.ts";

/** How far the registration got. */
export interface Registration {
  readonly identity: QueueIdentity;
  /** The queue's version; undefined when it was told to end first. */
  readonly version: number | undefined;
  /** Whether the server may have the queue. */
  readonly mayExist: boolean;
}

/** Registers a queue, however long it takes, until it is told to stop. */
export async function register(
  first: QueueIdentity,
  { client, tenantId, runnerId, onServer, renewed: latestRenewal, log }: QueueDependencies,
  stop: AbortSignal,
): Promise<Registration> {
  const backoff = createPollBackoff();
  let identity = first;
  let mayExist = false;
  while (!stop.aborted) {
    const path = { tenantId, runnerId, queueId: identity.queueId };
    const renewed = latestRenewal();
    try {
      const queue = await client.call("registerRunnerQueue", {
        path,
        body: { PublicKey: identity.publicKeyPem },
      });
      onServer(undefined);
      return { identity, version: queue.Version, mayExist: true };
    } catch (error) {
      const known = conflictingObject(error, runnerQueueSchema);
      if (known?.QueueID === identity.queueId && known.PublicKey.trim() === identity.publicKeyPem.trim()) {
        // An earlier attempt, whose answer was lost, was the one that counted.
        onServer(undefined);
        return { identity, version: known.Version, mayExist: true };
      }
      if (error instanceof ApiError && error.status === 409) {
        log.warn({ queueID: identity.queueId }, "the queue's id or key is taken; trying another");
        identity = createQueueIdentity();
        mayExist = false;
        continue;
      }
      onServer(error);
      mayExist ||= !(error instanceof ApiError);
      await waitToRetry(backoff, error, { renewed, signal: stop });
    }
  }
  return { identity, version: undefined, mayExist };
}
