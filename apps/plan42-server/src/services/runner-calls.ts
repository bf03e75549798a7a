import { randomUUID } from "node:crypto";
import { type Envelope, generateKeyPair, openEnvelope, publicKeyToPem, sealEnvelope } from "@plano/crypto";
import {
  errorTypes,
  parseResponse,
  type RequestOf,
  type RequestType,
  type ResponseTo,
} from "@plano/protocol";
import { and, asc, eq } from "drizzle-orm";
import type { Broker } from "../broker/broker.ts";
import type { Database } from "../database/database.ts";
import { runnerQueues } from "../database/schema.ts";
import { Failure } from "../http/failure.ts";
import { type QueueEntry, toEntry } from "./queue-registry.ts";

export interface RunnerKey {
  readonly tenantId: string;
  readonly runnerId: string;
}

/** Asks runners through their queues. All methods reject with a Failure that may go to a client. */
export interface RunnerCalls {
  /** Sends a request to one queue and waits for its answer. */
  callQueue<Type extends RequestType>(
    queue: QueueEntry,
    request: RequestOf<Type>,
    limit: number,
  ): Promise<ResponseTo<Type>>;
  /**
   * Sends a request to a healthy queue of a runner, in turn. One that nobody has fetched after a while goes to
   * another queue, and so on; one that was fetched is never sent again.
   */
  call<Type extends RequestType>(runner: RunnerKey, request: RequestOf<Type>): Promise<ResponseTo<Type>>;
}

export interface RunnerCallsOptions {
  readonly database: Database;
  readonly broker: Broker;
  readonly now: () => Date;
  /** Aborts when the server stops: calls then fail at once. */
  readonly stop: AbortSignal;
  /** Limits in milliseconds. */
  readonly timeouts: { readonly answer: number; readonly fetch: number };
}

/** Calls under an identity and a key pair of this process. */
export function createRunnerCalls({
  database,
  broker,
  now,
  stop,
  timeouts,
}: RunnerCallsOptions): RunnerCalls {
  const callerId = randomUUID();
  const { publicKey, privateKey } = generateKeyPair();
  const callerPublicKey = publicKeyToPem(publicKey);
  let turn = 0;

  /** A message in its queue, and what becomes of it. */
  const send = async (queue: QueueEntry, request: { readonly Type: RequestType }) => {
    const messageId = randomUUID();
    const { tenantId, runnerId, queueId, name } = queue;
    const payload = await sealEnvelope(JSON.stringify(request), queue.publicKey);
    let stop = () => {};
    const answer = new Promise<Envelope>((resolve) => {
      stop = broker.awaitResponse(name, messageId, resolve);
    });
    await broker
      .enqueue({
        TenantID: tenantId,
        RunnerID: runnerId,
        QueueID: queueId,
        MessageID: messageId,
        CallerID: callerId,
        CallerPublicKey: callerPublicKey,
        CreatedAt: now().toISOString(),
        Payload: payload,
      })
      .catch((error) => {
        stop();
        throw error;
      });
    return { answer, stop, withdraw: () => broker.withdraw(name, messageId) };
  };

  const answerOf = async (
    { answer }: { readonly answer: Promise<Envelope> },
    limit: number,
  ): Promise<Envelope> => {
    const envelope = await within(answer, limit, stop);
    if (envelope === undefined) {
      throw new Failure(504, errorTypes.runnerTimeout, "the runner did not answer in time");
    }
    return envelope;
  };

  const read = async <Type extends RequestType>(type: Type, payload: Envelope): Promise<ResponseTo<Type>> => {
    let text: string;
    try {
      text = (await openEnvelope(payload, privateKey)).toString();
    } catch {
      throw new Failure(502, errorTypes.runnerError, "the runner's answer cannot be decrypted");
    }
    const parsed = parseResponse(type, text);
    if (!parsed.ok) {
      throw new Failure(
        502,
        errorTypes.runnerError,
        `the runner's answer is not understood: ${parsed.reason}`,
      );
    }
    return parsed.message;
  };

  const healthyQueues = async ({ tenantId, runnerId }: RunnerKey): Promise<QueueEntry[]> => {
    const rows = await database
      .select()
      .from(runnerQueues)
      .where(
        and(
          eq(runnerQueues.tenantId, tenantId),
          eq(runnerQueues.runnerId, runnerId),
          eq(runnerQueues.isHealthy, true),
          eq(runnerQueues.draining, false),
        ),
      )
      .orderBy(asc(runnerQueues.sequence));
    return rows.map(toEntry);
  };

  const pickQueue = async (runner: RunnerKey): Promise<QueueEntry | undefined> => {
    const queues = await healthyQueues(runner);
    turn += 1;
    return queues[turn % Math.max(1, queues.length)];
  };

  /** The newest queue that was not tried: those that a killed runner left behind are older than its next one's. */
  const pickOther = async (runner: RunnerKey, tried: ReadonlySet<string>): Promise<QueueEntry | undefined> =>
    (await healthyQueues(runner)).findLast(({ name }) => !tried.has(name));

  return {
    callQueue: async (queue, request, limit) => {
      const sent = await send(queue, request);
      try {
        return await read(request.Type as never, await answerOf(sent, limit));
      } catch (error) {
        await sent.withdraw();
        throw error;
      } finally {
        sent.stop();
      }
    },
    call: async (runner, request) => {
      const deadline = now().getTime() + timeouts.answer;
      const left = () => Math.max(1, deadline - now().getTime());
      const first = await pickQueue(runner);
      if (!first) throw new Failure(503, errorTypes.noHealthyRunner, "the runner has no healthy queue now");
      let sent = await send(first, request);
      try {
        const tried = new Set([first.name]);
        while (left() > timeouts.fetch) {
          const early = await within(sent.answer, timeouts.fetch, stop);
          if (early) return await read(request.Type as never, early);
          const other = await pickOther(runner, tried);
          if (other === undefined || !(await sent.withdraw())) break;
          sent.stop();
          tried.add(other.name);
          sent = await send(other, request);
        }
        return await read(request.Type as never, await answerOf(sent, left()));
      } catch (error) {
        // Nobody waits for it any more: it must not be done after its failure was told.
        await sent.withdraw();
        throw error;
      } finally {
        sent.stop();
      }
    },
  };
}

/** The value, if it comes in time; undefined if not. Rejects when the signal aborts. */
function within<Value>(value: Promise<Value>, limit: number, stop: AbortSignal): Promise<Value | undefined> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", onStop);
    };
    const timer = setTimeout(() => {
      settle();
      resolve(undefined);
    }, limit);
    const onStop = () => {
      settle();
      reject(new Failure(503, errorTypes.unavailable, "the server is stopping"));
    };
    stop.addEventListener("abort", onStop, { once: true });
    if (stop.aborted) onStop();
    value.then((result) => {
      settle();
      resolve(result);
    }, reject);
  });
}
