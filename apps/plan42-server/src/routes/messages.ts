import { batchSize, type RunnerMessage } from "@plano/protocol";
import { queueName } from "../broker/broker.ts";
import { listen, topics } from "../events/events.ts";
import { notFound } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import type { QueueKey } from "../services/queue-registry.ts";
import type { Services } from "../services/services.ts";
import type { MessageEndpoint } from "./names.ts";

/** The longest wait of a poll that begins when its queue already drains, in milliseconds. */
const drainingWait = 1_000;

/** Events of other processes can be missed while what brings them is away: one looks again after so long. */
const longestSleep = 5_000;

/** Polls and answers of runners. */
export function messageHandlers({
  broker,
  queues,
  events,
  now,
  stop,
}: Pick<Services, "broker" | "queues" | "events" | "now" | "stop">): HandlersFor<MessageEndpoint> {
  const poll = async (
    path: QueueKey,
    wait: number,
    signal: AbortSignal,
  ): Promise<readonly RunnerMessage[]> => {
    const name = queueName(path);
    const end = now().getTime() + wait;
    let wasDraining: boolean | undefined;
    let latest = end;
    for (;;) {
      const news = listen(events, [topics.messages(name), topics.queue(name)]);
      try {
        const queue = await queues.find(path);
        if (!queue) throw notFound("RunnerQueue");
        queues.polled(queue);
        // A poll that is gone takes nothing with it.
        if (signal.aborted) return [];
        const messages = await broker.take(name, batchSize);
        if (messages.length > 0) return messages;
        if (queue.draining) {
          if (wasDraining === false) return [];
          if (wasDraining === undefined) latest = Math.min(end, now().getTime() + drainingWait);
        }
        wasDraining = queue.draining;
        const left = latest - now().getTime();
        if (left <= 0 || signal.aborted || stop.aborted) return [];
        await news.within(Math.min(left, longestSleep), signal, stop);
      } finally {
        news.stop();
      }
    }
  };

  return {
    getMessagesBatch: async ({ path, query, signal }) => {
      const messages = await poll(path, (query.maxWaitSeconds ?? 0) * 1000, signal);
      if (signal.aborted && messages.length > 0) {
        await broker.putBack(queueName(path), messages);
        return { Messages: [] };
      }
      return { Messages: [...messages] };
    },
    writeResponse: async ({ path, body }) => {
      await broker.respond({
        messageId: path.messageId,
        callerId: body.CallerID,
        queue: queueName(path),
        payload: body.Payload,
      });
    },
  };
}
