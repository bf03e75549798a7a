import { and, eq, inArray, lte, sql } from "drizzle-orm";
import type { Broker } from "../broker/broker.ts";
import type { Database } from "../database/database.ts";
import { runnerQueues } from "../database/schema.ts";
import { type Events, topics } from "../events/events.ts";
import { isQueue, type QueueEntry, toEntry } from "./queue-registry.ts";
import type { RunnerCalls } from "./runner-calls.ts";

export interface HealthChecksOptions {
  readonly database: Database;
  readonly broker: Pick<Broker, "removeQueue">;
  readonly events: Events;
  readonly calls: Pick<RunnerCalls, "callQueue">;
  readonly now: () => Date;
  /** Milliseconds between two checks of a queue, and for one. */
  readonly interval: number;
  readonly limit: number;
}

const failuresUntil = { unhealthy: 2, deleted: 10 } as const;
/** How long a draining queue may go without a poll before that counts as a failed check, in milliseconds. */
const drainingSilence = 60_000;

type Row = typeof runnerQueues.$inferSelect;

/**
 * Pings the queues whose time has come. With several server processes each queue is checked by one of them,
 * whichever claims it first. Resolves when all answers are in.
 */
export async function checkQueues(options: HealthChecksOptions): Promise<void> {
  const { database, now, interval } = options;
  const time = now();
  const due = database
    .select({ sequence: runnerQueues.sequence })
    .from(runnerQueues)
    .where(lte(runnerQueues.nextCheckAt, time))
    .limit(200)
    .for("update", { skipLocked: true });
  const claimed = await database
    .update(runnerQueues)
    .set({ nextCheckAt: new Date(time.getTime() + interval) })
    .where(inArray(runnerQueues.sequence, due))
    .returning();
  await Promise.all(claimed.map((row) => checkQueue(row, options)));
}

async function checkQueue(row: Row, options: HealthChecksOptions): Promise<void> {
  const entry = toEntry(row);
  if (!row.draining) return note(entry, await ping(entry, options), options);
  // A draining queue takes no new messages, not even pings; that it is polled has to do.
  const lastSign = row.lastPolledAt ?? row.updatedAt;
  const isSilent = options.now().getTime() - lastSign.getTime() > drainingSilence;
  if (isSilent) await note(entry, false, options);
}

async function ping(entry: QueueEntry, { calls, limit }: HealthChecksOptions): Promise<boolean> {
  try {
    await calls.callQueue(entry, { Type: "PingRequest" }, limit);
    return true;
  } catch {
    return false;
  }
}

async function note(entry: QueueEntry, isAnswered: boolean, options: HealthChecksOptions): Promise<void> {
  const { database, events, broker, now } = options;
  const time = now();
  const [row] = await database
    .update(runnerQueues)
    .set({
      version: sql`${runnerQueues.version} + 1`,
      updatedAt: time,
      lastCheckAt: time,
      ...(isAnswered
        ? {
            // One success is enough, except for a queue that is to go.
            isHealthy: sql`not ${runnerQueues.draining}`,
            failedChecks: 0,
            successfulChecks: sql`${runnerQueues.successfulChecks} + 1`,
          }
        : {
            isHealthy: sql`${runnerQueues.isHealthy} and ${runnerQueues.failedChecks} + 1 < ${failuresUntil.unhealthy}`,
            failedChecks: sql`${runnerQueues.failedChecks} + 1`,
            successfulChecks: 0,
          }),
    })
    .where(isQueue(entry))
    .returning();
  if (row && row.failedChecks >= failuresUntil.deleted) {
    await database.delete(runnerQueues).where(and(isQueue(entry), eq(runnerQueues.version, row.version)));
    await broker.removeQueue(entry.name);
  }
  events.publish(topics.queue(entry.name));
  if (isAnswered && !entry.isHealthy) events.publish(topics.runner(entry.tenantId, entry.runnerId));
}
