import type { Envelope } from "@plano/crypto";
import type { RunnerMessage } from "@plano/protocol";

/** An answer as a runner wrote it. */
export interface ResponseEntry {
  readonly messageId: string;
  readonly callerId: string;
  /** The queue that the message was taken from. */
  readonly queue: string;
  readonly payload: Envelope;
}

/**
 * Carries messages to those who poll and answers to those who wait. A message is given out at most once and
 * lives no longer than the process that waits for its answer. Queues are named by {@link queueName}.
 */
export interface Broker {
  enqueue(message: RunnerMessage): Promise<void>;
  /** Takes out up to so many of a queue's messages, oldest first. Does not wait. */
  take(queue: string, limit: number): Promise<readonly RunnerMessage[]>;
  /** Puts messages back that could not be handed over, before all others. */
  putBack(queue: string, messages: readonly RunnerMessage[]): Promise<void>;
  /** Takes a message back. False if it has been given out. */
  withdraw(queue: string, messageId: string): Promise<boolean>;
  removeQueue(queue: string): Promise<void>;
  /** Brings an answer to the one who waits; dropped if nobody does, or if it was for another queue. */
  respond(response: ResponseEntry): Promise<void>;
  /** Calls back with the answer to a message of that queue, once, until the returned function is called. */
  awaitResponse(queue: string, messageId: string, onResponse: (payload: Envelope) => void): () => void;
  /** Throws away what nobody can be waiting for any more. */
  purge(before: Date): Promise<void>;
}

/** The name of a queue within the broker. */
export function queueName(key: {
  readonly tenantId: string;
  readonly runnerId: string;
  readonly queueId: string;
}) {
  return `${key.tenantId}/${key.runnerId}/${key.queueId}`;
}

/** The name of the queue that a message is for. */
export function queueNameOf({ TenantID, RunnerID, QueueID }: RunnerMessage): string {
  return queueName({ tenantId: TenantID, runnerId: RunnerID, queueId: QueueID });
}
