import type { RunnerMessage } from "@plano/protocol";
import { type Events, topics } from "../events/events.ts";
import { type Broker, queueNameOf } from "./broker.ts";
import { createWaitingCallers } from "./waiting-callers.ts";

/** Carries messages within one process, without a database. */
export function createMemoryBroker(events: Events): Broker {
  const queues = new Map<string, RunnerMessage[]>();
  const callers = createWaitingCallers();
  return {
    enqueue: async (message) => {
      const queue = queueNameOf(message);
      const known = queues.get(queue);
      if (known) known.push(message);
      else queues.set(queue, [message]);
      events.publish(topics.messages(queue));
    },
    take: async (queue, limit) => {
      const known = queues.get(queue);
      if (!known) return [];
      const taken = known.splice(0, limit);
      if (known.length === 0) queues.delete(queue);
      return taken;
    },
    putBack: async (queue, messages) => {
      queues.set(queue, [...messages, ...(queues.get(queue) ?? [])]);
      events.publish(topics.messages(queue));
    },
    withdraw: async (queue, messageId) => {
      const known = queues.get(queue);
      const index = known?.findIndex(({ MessageID }) => MessageID === messageId) ?? -1;
      if (!known || index < 0) return false;
      known.splice(index, 1);
      if (known.length === 0) queues.delete(queue);
      return true;
    },
    removeQueue: async (queue) => void queues.delete(queue),
    respond: async (response) => void callers.deliver(response),
    awaitResponse: callers.awaitResponse,
    purge: async (before) => {
      for (const [queue, known] of queues) {
        const kept = known.filter(({ CreatedAt }) => new Date(CreatedAt) >= before);
        if (kept.length === 0) queues.delete(queue);
        else queues.set(queue, kept);
      }
    },
  };
}
