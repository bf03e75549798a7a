import { and, eq, inArray, lt, or, sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { environments, tasks, tokens, turnLogs, turns } from "../database/schema.ts";

/** How many lines of logs, and how many tokens, one step removes. */
const batch = 5_000;

/**
 * Removes a piece of what nobody has touched since a moment: tasks without an open turn, with their turns and
 * logs; tokens that have expired or were revoked; environments that were deleted. Resolves to whether there may
 * be more. Several server processes may do this at the same time.
 */
export async function removeOld(database: Database, before: Date): Promise<boolean> {
  return (await removeFromTask(database, before)) || (await removeTokens(database, before));
}

async function removeFromTask(database: Database, before: Date): Promise<boolean> {
  return database.transaction(async (transaction) => {
    const [task] = await transaction
      .select({ tenantId: tasks.tenantId, id: tasks.id })
      .from(tasks)
      .where(
        and(
          lt(tasks.updatedAt, before),
          sql`not exists (select 1 from ${turns} where ${turns.tenantId} = ${tasks.tenantId}
            and ${turns.taskId} = ${tasks.id} and not ${turns.isTerminal})`,
        ),
      )
      .orderBy(tasks.updatedAt)
      .limit(1)
      .for("update", { skipLocked: true });
    if (!task) return false;
    const isOfTask = (table: typeof turns | typeof turnLogs) =>
      and(eq(table.tenantId, task.tenantId), eq(table.taskId, task.id));
    const some = transaction
      .select({ place: sql`ctid` })
      .from(turnLogs)
      .where(isOfTask(turnLogs))
      .limit(batch);
    const removed = await transaction
      .delete(turnLogs)
      .where(inArray(sql`ctid`, some))
      .returning({ index: turnLogs.index });
    // A long log goes in steps, so that others get at the database in between.
    if (removed.length === batch) return true;
    await transaction.delete(turns).where(isOfTask(turns));
    await transaction.delete(tasks).where(and(eq(tasks.tenantId, task.tenantId), eq(tasks.id, task.id)));
    return true;
  });
}

async function removeTokens(database: Database, before: Date): Promise<boolean> {
  const some = database
    .select({ place: sql`ctid` })
    .from(tokens)
    .where(or(lt(tokens.expiresAt, before), lt(tokens.revokedAt, before)))
    .limit(batch);
  const removed = await database.delete(tokens).where(inArray(sql`ctid`, some)).returning({ id: tokens.id });
  const forgotten = await database
    .delete(environments)
    .where(and(eq(environments.deleted, true), lt(environments.updatedAt, before)))
    .returning({ id: environments.id });
  return removed.length === batch || forgotten.length === batch;
}
