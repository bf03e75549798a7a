import type { Client } from "@plano/client";
import type { Logger } from "pino";
import { createGate, type Gate } from "../host/gate.ts";
import type { Measures } from "../host/measures.ts";
import { createDrain } from "./drain.ts";
import { poll } from "./poll-loop.ts";
import { createQueueIdentity, type QueueIdentity } from "./queue-keys.ts";
import type { QueueRecords } from "./queue-records.ts";
import { register } from "./register.ts";
import { removeQueue } from "./remove.ts";

/** What a queue needs of the daemon. */
export interface QueueDependencies {
  readonly client: Client;
  readonly tenantId: string;
  readonly runnerId: string;
  /** Handles one message, from decryption to the answer. */
  readonly handle: (raw: unknown, queue: QueueIdentity) => Promise<void>;
  /** All handlers of the daemon: at its limit no queue polls. */
  readonly handlers: Gate;
  readonly records: Pick<QueueRecords, "note" | "forget">;
  readonly measures: Measures;
  readonly log: Logger;
  /** Told of each call to the server: undefined when it went well. */
  readonly onServer: (error: unknown) => void;
  /** Told of each poll that was answered: its duration in milliseconds, and how many messages it brought. */
  readonly onPoll: (milliseconds: number, messages: number) => void;
  /** How long one poll asks the server to wait, in seconds. */
  readonly pollSeconds: number;
  /** Aborts with the next exchange of the token: what was refused with the old one is tried again. */
  readonly renewed: () => AbortSignal;
}

type QueuePhase = "registering" | "polling" | "draining" | "deleting" | "ended";

/** How a queue ended: as it was told to, or because the server does not know it any more. */
export type QueueEnd = "drained" | "missing";

/** A poll that was answered. */
interface AnsweredPoll {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** How long it took. */
  readonly milliseconds: number;
  /** How many messages it brought. */
  readonly messages: number;
}

/** One queue on the server, from its registration to its end. */
export interface Queue {
  readonly queueId: string;
  readonly phase: QueuePhase;
  /** The last poll that was answered. */
  readonly lastPoll: AnsweredPoll | undefined;
  /** Tells the queue to end: no new messages, those that are there are still handled. Safe to call twice. */
  drain(): void;
  /** Gives up what is still to come: the poll is broken off, and the queue deleted. */
  force(): void;
  /** Resolves when the queue is registered, or has ended. */
  readonly registered: Promise<void>;
  readonly ended: Promise<QueueEnd>;
}

/** How long draining may take in all, in milliseconds; then the queue is deleted as it is. */
const drainLimit = 120_000;

/** Starts a queue. Its life goes on by itself; it never rejects. */
export function startQueue(dependencies: QueueDependencies): Queue {
  const { log, client, tenantId, runnerId, records } = dependencies;
  let identity = createQueueIdentity();
  let phase: QueuePhase = "registering";
  let lastPoll: AnsweredPoll | undefined;
  let drainTimer: NodeJS.Timeout | undefined;
  const stop = new AbortController();
  const limit = new AbortController();
  const registered = Promise.withResolvers<void>();
  /** The messages of this queue that are being handled. */
  const pending = createGate(Number.POSITIVE_INFINITY, (error) =>
    log.error({ err: error }, "a handler failed"),
  );

  const live = async (): Promise<QueueEnd> => {
    const result = await register(identity, dependencies, stop.signal);
    identity = result.identity;
    const path = { tenantId, runnerId, queueId: identity.queueId };
    if (result.version === undefined) {
      if (result.mayExist) await removeQueue(client, path, undefined, log);
      return "drained";
    }
    await records.note(identity.queueId);
    log.info({ queueID: identity.queueId }, "queue registered");
    phase = "polling";
    registered.resolve();

    const drain = createDrain({
      client,
      path,
      version: result.version,
      log,
      signal: limit.signal,
      onGivenUp: () => limit.abort(),
    });
    const beginDrain = () => {
      phase = "draining";
      drainTimer = setTimeout(() => limit.abort(), drainLimit).unref();
      drain.begin();
    };
    if (stop.signal.aborted) beginDrain();
    else stop.signal.addEventListener("abort", beginDrain, { once: true });

    const end = await poll({
      ...dependencies,
      path,
      identity,
      pending,
      drain,
      stop: stop.signal,
      limit: limit.signal,
      onPoll: (milliseconds, messages) => {
        lastPoll = { at: Date.now(), milliseconds, messages };
        dependencies.onPoll(milliseconds, messages);
      },
    });
    await pending.empty(limit.signal);
    if (end === "missing") await records.forget(identity.queueId);
    if (end === "missing" || drain.hasGivenUp) return end;
    phase = "deleting";
    const isGone = await removeQueue(client, path, await drain.version(), log);
    if (isGone) await records.forget(identity.queueId);
    return end;
  };

  const ended = live()
    .catch((error: unknown): QueueEnd => {
      log.error({ err: error, queueID: identity.queueId }, "a queue ended by a fault");
      return "missing";
    })
    .finally(() => {
      phase = "ended";
      limit.abort();
      clearTimeout(drainTimer);
      registered.resolve();
    });

  return {
    get queueId() {
      return identity.queueId;
    },
    get phase() {
      return phase;
    },
    get lastPoll() {
      return lastPoll;
    },
    drain: () => stop.abort(),
    force: () => {
      stop.abort();
      limit.abort();
    },
    registered: registered.promise,
    ended,
  };
}
