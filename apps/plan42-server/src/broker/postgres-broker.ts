import type { Envelope } from "@plano/crypto";
import { type RunnerMessage, runnerMessageSchema } from "@plano/protocol";
import { and, eq, lt, sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { messages, responses } from "../database/schema.ts";
import { type Events, topics } from "../events/events.ts";
import { type Broker, queueNameOf, type ResponseEntry } from "./broker.ts";
import { createWaitingCallers } from "./waiting-callers.ts";

export interface PostgresBrokerOptions {
  readonly database: Database;
  readonly events: Events;
  /** Hears of answers that could not be fetched. */
  readonly onError: (error: unknown) => void;
}

/** Carries messages between all processes that use the same Postgres. */
export function createPostgresBroker({ database, events, onError }: PostgresBrokerOptions): Broker {
  const callers = createWaitingCallers();

  const row = (message: RunnerMessage) => ({
    id: message.MessageID,
    queue: queueNameOf(message),
    callerId: message.CallerID,
    body: message,
    createdAt: new Date(message.CreatedAt),
  });

  const fetchResponse = async (messageId: string) => {
    const [found] = await database.delete(responses).where(eq(responses.messageId, messageId)).returning();
    if (found) callers.deliver({ ...found, payload: found.payload as Envelope });
  };

  return {
    enqueue: async (message) => {
      await database.insert(messages).values(row(message));
      events.publish(topics.messages(queueNameOf(message)));
    },
    take: async (queue, limit) => {
      // Other processes may take from the same queue at the same time.
      const taken = await database.execute<{ body: unknown; sequence: string }>(sql`
        delete from ${messages} where ${messages.id} in (
          select id from ${messages} where queue = ${queue}
          order by sequence limit ${limit} for update skip locked
        ) returning body, sequence`);
      const rows = rowsOf<{ body: unknown; sequence: string | number }>(taken);
      rows.sort((one, other) => Number(one.sequence) - Number(other.sequence));
      return rows.map(({ body }) => runnerMessageSchema.parse(body));
    },
    putBack: async (queue, taken) => {
      const [first] = await database
        .select({ sequence: sql<number>`coalesce(min(${messages.sequence}), 0)` })
        .from(messages)
        .where(eq(messages.queue, queue));
      const before = Number(first?.sequence ?? 0) - taken.length;
      await database
        .insert(messages)
        .values(taken.map((message, index) => ({ ...row(message), sequence: before + index })));
      events.publish(topics.messages(queue));
    },
    withdraw: async (queue, messageId) => {
      const taken = await database
        .delete(messages)
        .where(and(eq(messages.queue, queue), eq(messages.id, messageId)))
        .returning({ id: messages.id });
      return taken.length > 0;
    },
    removeQueue: async (queue) => void (await database.delete(messages).where(eq(messages.queue, queue))),
    respond: async (response: ResponseEntry) => {
      if (callers.has(response.messageId)) return void callers.deliver(response);
      await database
        .insert(responses)
        .values({ ...response, createdAt: new Date() })
        .onConflictDoNothing();
      events.publish(topics.response(response.messageId));
    },
    awaitResponse: (queue, messageId, onResponse) => {
      const stopWaiting = callers.awaitResponse(queue, messageId, onResponse);
      const stopListening = events.subscribe(topics.response(messageId), () => {
        fetchResponse(messageId).catch(onError);
      });
      return () => {
        stopWaiting();
        stopListening();
      };
    },
    purge: async (before) => {
      await database.delete(messages).where(lt(messages.createdAt, before));
      await database.delete(responses).where(lt(responses.createdAt, before));
    },
  };
}

/** The drivers disagree on what a raw statement returns. */
function rowsOf<Row>(result: unknown): Row[] {
  if (Array.isArray(result)) return result;
  return (result as { rows: Row[] }).rows;
}
