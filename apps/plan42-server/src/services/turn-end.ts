import { taskStates, turnStatuses } from "@plano/protocol";
import { and, eq, lt, sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { tasks, turns } from "../database/schema.ts";
import { type Events, topics } from "../events/events.ts";

export interface TurnKey {
  readonly tenantId: string;
  readonly taskId: string;
  readonly index: number;
}

export interface TurnEndDeps {
  readonly database: Database;
  readonly events: Events;
  readonly now: () => Date;
}

/** The condition that finds one turn. */
export function isTurn({ tenantId, taskId, index }: TurnKey) {
  return and(eq(turns.tenantId, tenantId), eq(turns.taskId, taskId), eq(turns.index, index));
}

/** What changes in the row of a turn when it ends, besides its version and what is said about the end. */
export const ended = (time: Date) => ({
  isTerminal: true,
  dispatchAt: null,
  endedAt: time,
  endVersion: sql`${turns.version} + 1`,
});

const failed = (time: Date, reason: string) => ({
  ...ended(time),
  status: turnStatuses.failed,
  errorMessage: reason,
  completedAt: time.toISOString(),
  updatedAt: time,
  version: sql`${turns.version} + 1`,
});

/** Fails a turn unless it has ended already. */
export async function failTurn(deps: TurnEndDeps, key: TurnKey, reason: string): Promise<void> {
  const { database, events, now } = deps;
  const gone = await database
    .update(turns)
    .set(failed(now(), reason))
    .where(and(isTurn(key), eq(turns.isTerminal, false)))
    .returning({ index: turns.index });
  if (gone.length === 0) return;
  await settleTask(deps, key, turnStatuses.failed);
  events.publish(topics.turn(key.tenantId, key.taskId, key.index));
}

/** Fails the turns that have given no sign of life for so many milliseconds. */
export async function failSilentTurns(deps: TurnEndDeps, silence: number): Promise<void> {
  const { database, events, now } = deps;
  const time = now();
  const silent = await database
    .update(turns)
    .set(
      failed(
        time,
        `no sign of life for ${Math.round(silence / 1000)} seconds: the runner may have been lost`,
      ),
    )
    .where(and(eq(turns.isTerminal, false), lt(turns.updatedAt, new Date(time.getTime() - silence))))
    .returning({ tenantId: turns.tenantId, taskId: turns.taskId, index: turns.index });
  for (const key of silent) {
    await settleTask(deps, key, turnStatuses.failed);
    events.publish(topics.turn(key.tenantId, key.taskId, key.index));
  }
}

/** Brings a task into the state that follows from the end of its turn: it has failed, or is to be looked at. */
export async function settleTask(
  { database, now }: TurnEndDeps,
  key: TurnKey,
  status: string,
): Promise<void> {
  const state = status === turnStatuses.failed ? taskStates.failed : taskStates.awaitingReview;
  await database
    .update(tasks)
    .set({ state, version: sql`${tasks.version} + 1`, updatedAt: now() })
    .where(and(eq(tasks.tenantId, key.tenantId), eq(tasks.id, key.taskId)));
}
