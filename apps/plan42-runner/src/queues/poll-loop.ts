import { ApiError } from "@plano/client";
import { batchSize, errorTypes, type PathOf } from "@plano/protocol";
import { pauseFor } from "@plano/waiting";
import type { Gate } from "../host/gate.ts";
import type { Drain } from "./drain.ts";
import { createPollBackoff, waitToRetry } from "./poll-backoff.ts";
import type { QueueDependencies, QueueEnd } from "./queue.ts";
import type { QueueIdentity } from "./queue-keys.ts";

interface PollOptions extends QueueDependencies {
  readonly path: PathOf<"getRunnerQueue">;
  readonly identity: QueueIdentity;
  /** This queue's messages that are being handled. */
  readonly pending: Gate;
  readonly drain: Drain;
  /** Aborts when the queue is to be drained. */
  readonly stop: AbortSignal;
  /** Aborts when draining has taken too long. */
  readonly limit: AbortSignal;
}

/** So many answers in a row without a reason, as proxies give them, mean that the queue is gone. */
const bareNotFounds = 3;
/** A server that answers an empty poll sooner than this is not asked again at once. */
const quickMilliseconds = 1000;
const pauseMilliseconds = 250;

/**
 * Polls until the queue is drained or gone. A poll is never broken off, since the messages that it brings
 * would be lost: the end comes with an empty poll that began after the server knew of the draining.
 */
export async function poll(options: PollOptions): Promise<QueueEnd> {
  const { client, path, identity, drain, stop, limit, handlers, pending, measures, log } = options;
  const backoff = createPollBackoff();
  let notFounds = 0;

  while (!limit.aborted) {
    await handlers.room(limit);
    const isLast = drain.isMarked;
    const renewed = options.renewed();
    const start = performance.now();
    try {
      const { Messages: messages } = await client.call("getMessagesBatch", {
        path,
        query: { maxWaitSeconds: stop.aborted ? 0 : options.pollSeconds },
        signal: limit,
      });
      const duration = performance.now() - start;
      notFounds = 0;
      measures.polls += 1;
      measures.messages += messages.length;
      options.onServer(undefined);
      if (!stop.aborted) options.onPoll(duration, Math.min(messages.length, batchSize));
      for (const message of messages) {
        const handled = options.handle(message, identity);
        handlers.run(() => handled);
        pending.run(() => handled);
      }
      if (isLast && messages.length === 0 && pending.count === 0) return "drained";
      backoff.succeeded();
      if (messages.length === 0 && duration < quickMilliseconds) await pause(options);
    } catch (error) {
      if (limit.aborted) break;
      measures.pollErrors += 1;
      if (error instanceof ApiError && error.status === 404) {
        notFounds += 1;
        if (error.errorType === errorTypes.notFound || notFounds >= bareNotFounds) {
          log.warn({ queueID: path.queueId }, "the server does not know the queue any more");
          return "missing";
        }
      } else {
        notFounds = 0;
      }
      options.onServer(error);
      await waitToRetry(backoff, error, { renewed, signal: stop.aborted ? limit : stop });
    }
  }
  return "drained";
}

/** After an empty poll that was answered at once; while draining, the handlers' end comes first. */
async function pause({ stop, limit, pending }: PollOptions): Promise<void> {
  const rest = pauseFor(pauseMilliseconds, stop.aborted ? limit : stop);
  await (stop.aborted && pending.count > 0 ? Promise.race([pending.empty(limit), rest]) : rest);
}
