import { randomUUID } from "node:crypto";
import { type Caller, isCanonicalPublicKey, type WireEnvelope } from "./caller.ts";
import { checkKeys, refusal, type ServiceAnswer, Violation } from "./rules.ts";

/** A queue as the service shows it. */
interface ServiceQueue {
  readonly TenantID: string;
  readonly RunnerID: string;
  readonly QueueID: string;
  readonly PublicKey: string;
  readonly CreatedAt: string;
  UpdatedAt: string;
  Version: number;
  IsHealthy: boolean;
  Draining: boolean;
  readonly NConsecutiveFailedHealthChecks: number;
  readonly NConsecutiveSuccessfulHealthChecks: number;
  readonly LastHealthCheckAt: string;
}

/** An answer that came, decrypted. */
interface ReceivedResponse {
  readonly messageId: string;
  readonly queueId: string;
  readonly text: string;
  /** From the encrypted message's entry into its queue to the encrypted answer's arrival, in milliseconds. */
  readonly duration: number;
}

export interface QueuesOptions {
  readonly tenantId: string;
  readonly runnerId: string;
  readonly caller: Caller;
  /** Ends a poll that is open when its queue is marked draining, and holds later ones for a second. */
  readonly endsPollsOnDrain: boolean;
}

/** The queues of one runner: messages go out at most once. */
export interface Queues {
  readonly all: ReadonlyMap<string, ServiceQueue>;
  readonly responses: readonly ReceivedResponse[];
  register(queueId: string, body: unknown): ServiceAnswer;
  show(queueId: string): ServiceAnswer;
  update(queueId: string, version: number, body: unknown): ServiceAnswer;
  remove(queueId: string, version: number): ServiceAnswer;
  /** Removes a queue under the runner. */
  drop(queueId: string): void;
  poll(queueId: string, query: URLSearchParams, closed: AbortSignal): Promise<ServiceAnswer>;
  respond(queueId: string, messageId: string, body: unknown): ServiceAnswer;
  /** Puts a message in a queue: a text that is encrypted, or the fields of one as they are. */
  enqueue(text: string, options?: { queueId?: string; fields?: object; messageId?: string }): string;
  /** The decrypted answer to a message. */
  response(messageId: string): Promise<string>;
}

const maximumBatch = 10;

export function createQueues({ tenantId, runnerId, caller, endsPollsOnDrain }: QueuesOptions): Queues {
  const queues = new Map<string, ServiceQueue>();
  const keysSeen = new Set<string>();
  const waiting = new Map<string, object[]>();
  const wakers = new Map<string, Set<() => void>>();
  const responses: ReceivedResponse[] = [];
  const enqueuedAt = new Map<string, number>();
  const awaited = new Map<string, PromiseWithResolvers<string>>();
  let turn = 0;

  const notFound = () => refusal(404, "NotFound", "no such queue");
  const conflict = (queue: ServiceQueue, message: string) =>
    refusal(409, "Conflict", message, { CurrentType: "RunnerQueue", Current: { ...queue } });
  const wake = (queueId: string) => {
    for (const waker of wakers.get(queueId) ?? []) waker();
  };
  const answerTo = (messageId: string) => {
    const known = awaited.get(messageId) ?? Promise.withResolvers<string>();
    awaited.set(messageId, known);
    return known;
  };
  const healthy = () => [...queues.values()].filter(({ IsHealthy, Draining }) => IsHealthy && !Draining);
  const take = (queueId: string) => (waiting.get(queueId) ?? []).splice(0, maximumBatch);
  const drop = (queueId: string) => {
    queues.delete(queueId);
    wake(queueId);
  };

  /** Resolves when there may be something to say, the time is over, or nobody listens any more. */
  const change = (queueId: string, milliseconds: number, closed: AbortSignal) =>
    new Promise<void>((resolve) => {
      const wakersOfQueue = wakers.get(queueId) ?? new Set();
      wakers.set(queueId, wakersOfQueue);
      const done = () => {
        clearTimeout(timer);
        wakersOfQueue.delete(done);
        closed.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      wakersOfQueue.add(done);
      closed.addEventListener("abort", done);
    });

  return {
    all: queues,
    responses,

    register: (queueId, body) => {
      if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(queueId))
        throw new Violation("the queue's id is no UUID");
      const { PublicKey: key } = checkKeys(body, ["PublicKey"], "the registration");
      if (typeof key !== "string" || !isCanonicalPublicKey(key))
        throw new Violation("PublicKey is not as the reference writes it");
      const known = queues.get(queueId);
      if (known !== undefined) return conflict(known, "queue exists");
      if (keysSeen.has(key)) return refusal(409, "Conflict", "the key was used before");
      keysSeen.add(key);
      const now = new Date().toISOString();
      const queue: ServiceQueue = {
        TenantID: tenantId,
        RunnerID: runnerId,
        QueueID: queueId,
        PublicKey: key,
        CreatedAt: now,
        UpdatedAt: now,
        Version: 1,
        IsHealthy: true,
        Draining: false,
        NConsecutiveFailedHealthChecks: 0,
        NConsecutiveSuccessfulHealthChecks: 0,
        LastHealthCheckAt: now,
      };
      queues.set(queueId, queue);
      return { status: 201, body: { ...queue } };
    },

    show: (queueId) => {
      const queue = queues.get(queueId);
      return queue === undefined ? notFound() : { status: 200, body: { ...queue } };
    },

    update: (queueId, version, body) => {
      const change = checkKeys(body, ["IsHealthy?", "Draining?"], "the update");
      if (change.Draining === true && change.IsHealthy !== false)
        throw new Violation("Draining needs IsHealthy false");
      const queue = queues.get(queueId);
      if (queue === undefined) return notFound();
      if (queue.Version !== version) return conflict(queue, "version mismatch");
      Object.assign(queue, change, { Version: version + 1, UpdatedAt: new Date().toISOString() });
      if (queue.Draining && endsPollsOnDrain) wake(queueId);
      return { status: 200, body: { ...queue } };
    },

    remove: (queueId, version) => {
      const queue = queues.get(queueId);
      if (queue === undefined) return notFound();
      if (queue.Version !== version) return conflict(queue, "version mismatch");
      drop(queueId);
      return { status: 204 };
    },
    drop,

    poll: async (queueId, query, closed) => {
      const seconds = Number(query.get("maxWaitSeconds") ?? "0");
      if (!Number.isInteger(seconds) || seconds < 0 || seconds > 120)
        throw new Violation("maxWaitSeconds is out of range");
      const begin = queues.get(queueId);
      if (begin === undefined) return notFound();
      const wasDraining = begin.Draining;
      const wait = seconds * 1000;
      const end = Date.now() + (wasDraining && endsPollsOnDrain ? Math.min(1000, wait) : wait);
      for (;;) {
        const queue = queues.get(queueId);
        if (queue === undefined) return notFound();
        const left = end - Date.now();
        const isOver = left <= 0 || closed.aborted || (endsPollsOnDrain && queue.Draining && !wasDraining);
        const hasMessages = (waiting.get(queueId)?.length ?? 0) > 0;
        // A poll that nobody listens to takes nothing with it.
        if (closed.aborted) return { status: 200, body: { Messages: null } };
        if (hasMessages) return { status: 200, body: { Messages: take(queueId) } };
        if (isOver) return { status: 200, body: { Messages: [] } };
        await change(queueId, left, closed);
      }
    },

    respond: (queueId, messageId, body) => {
      const duration = performance.now() - (enqueuedAt.get(messageId) ?? Number.NaN);
      const { CallerID, Payload } = checkKeys(body, ["CallerID", "Payload"], "the response");
      const envelope = checkKeys(
        Payload,
        ["EncryptionAlgorithm", "EncryptedData", "EphemeralPublicKey"],
        "the response's Payload",
      ) as unknown as WireEnvelope;
      if (!queues.has(queueId)) return notFound();
      if (CallerID !== caller.id) throw new Violation(`CallerID is ${String(CallerID)}`);
      if (!isCanonicalPublicKey(envelope.EphemeralPublicKey))
        throw new Violation("EphemeralPublicKey is not canonical");
      const text = caller.open(envelope);
      responses.push({ messageId, queueId, text, duration });
      answerTo(messageId).resolve(text);
      return { status: 204 };
    },

    enqueue: (text, { queueId, fields, messageId = randomUUID() } = {}) => {
      const candidates = healthy();
      const queue = queueId === undefined ? candidates[turn++ % candidates.length] : queues.get(queueId);
      if (queue === undefined) throw new Error("there is no healthy queue");
      const message = {
        CallerID: caller.id,
        CallerPublicKey: caller.publicKey,
        CreatedAt: new Date().toISOString(),
        MessageID: messageId,
        Payload: caller.seal(text, queue.PublicKey),
        QueueID: queue.QueueID,
        RunnerID: runnerId,
        TenantID: tenantId,
        ...fields,
      };
      waiting.set(queue.QueueID, [...(waiting.get(queue.QueueID) ?? []), message]);
      enqueuedAt.set(messageId, performance.now());
      wake(queue.QueueID);
      return messageId;
    },

    response: (messageId) => answerTo(messageId).promise,
  };
}
