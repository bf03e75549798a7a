import { type PublicKey, publicKeyFromPem } from "@plano/crypto";
import { and, eq } from "drizzle-orm";
import { queueName } from "../broker/broker.ts";
import type { Database } from "../database/database.ts";
import { runnerQueues } from "../database/schema.ts";
import { type Events, topics } from "../events/events.ts";

export interface QueueKey {
  readonly tenantId: string;
  readonly runnerId: string;
  readonly queueId: string;
}

/** What polling and sending need to know of a queue. */
export interface QueueEntry extends QueueKey {
  readonly name: string;
  readonly draining: boolean;
  readonly isHealthy: boolean;
  readonly publicKey: PublicKey;
}

/** Queues as they were a moment ago, without asking the database for each message. */
export interface QueueRegistry {
  find(key: QueueKey): Promise<QueueEntry | undefined>;
  /** Notes that a queue was polled. */
  polled(entry: QueueEntry): void;
}

/** How long an entry is used if no event says otherwise, in milliseconds. */
const shelfLife = 2_000;
/** How often the database is told that a queue is polled, in milliseconds. */
const pollNoteInterval = 20_000;

interface Shelved {
  readonly entry: QueueEntry;
  readonly until: number;
}

export interface QueueRegistryOptions {
  readonly database: Database;
  readonly events: Events;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
}

/** The condition that finds one queue. */
export function isQueue({ tenantId, runnerId, queueId }: QueueKey) {
  return and(
    eq(runnerQueues.tenantId, tenantId),
    eq(runnerQueues.runnerId, runnerId),
    eq(runnerQueues.id, queueId),
  );
}

/** A registry that knows nothing yet. */
export function createQueueRegistry({ database, events, now, onError }: QueueRegistryOptions): QueueRegistry {
  const shelf = new Map<string, Shelved>();
  const noted = new Map<string, number>();
  let changes = 0;
  events.observe((topic) => {
    if (topic === undefined) shelf.clear();
    else if (!topic.startsWith(topics.queue(""))) return;
    else {
      const name = topic.slice(topics.queue("").length);
      shelf.delete(name);
      noted.delete(name);
    }
    changes += 1;
  });

  return {
    find: async (key) => {
      const name = queueName(key);
      const time = now().getTime();
      const known = shelf.get(name);
      if (known && known.until > time) return known.entry;
      const changesBefore = changes;
      const [row] = await database.select().from(runnerQueues).where(isQueue(key));
      if (!row) return undefined;
      const entry: QueueEntry = { ...toEntry(row), name };
      // What changed while the database was being asked is not to be shelved.
      if (changes === changesBefore) shelf.set(name, { entry, until: time + shelfLife });
      return entry;
    },
    polled: (entry) => {
      const time = now().getTime();
      if (time - (noted.get(entry.name) ?? 0) < pollNoteInterval) return;
      noted.set(entry.name, time);
      database
        .update(runnerQueues)
        .set({ lastPolledAt: new Date(time) })
        .where(isQueue(entry))
        .catch(onError);
    },
  };
}

/** A row as an entry. */
export function toEntry(row: typeof runnerQueues.$inferSelect): QueueEntry {
  const key = { tenantId: row.tenantId, runnerId: row.runnerId, queueId: row.id };
  return {
    ...key,
    name: queueName(key),
    draining: row.draining,
    isHealthy: row.isHealthy,
    publicKey: publicKeyFromPem(row.publicKey),
  };
}
