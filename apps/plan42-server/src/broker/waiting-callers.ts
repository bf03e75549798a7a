import type { Envelope } from "@plano/crypto";
import type { Broker, ResponseEntry } from "./broker.ts";

interface Waiting {
  readonly queue: string;
  readonly onResponse: (payload: Envelope) => void;
}

/** Those of this process who wait for an answer. */
export interface WaitingCallers {
  readonly awaitResponse: Broker["awaitResponse"];
  has(messageId: string): boolean;
  /** Hands an answer over. False if nobody here waits for it. */
  deliver(response: ResponseEntry): boolean;
}

/** Nobody waits yet. */
export function createWaitingCallers(): WaitingCallers {
  const waiting = new Map<string, Waiting>();
  return {
    awaitResponse: (queue, messageId, onResponse) => {
      waiting.set(messageId, { queue, onResponse });
      return () => waiting.delete(messageId);
    },
    has: (messageId) => waiting.has(messageId),
    deliver: ({ messageId, queue, payload }) => {
      const found = waiting.get(messageId);
      if (found === undefined || found.queue !== queue) return false;
      waiting.delete(messageId);
      found.onResponse(payload);
      return true;
    },
  };
}
