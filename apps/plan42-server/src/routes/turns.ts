import { errorTypes, isTerminal, taskStates, turnStatuses } from "@plano/protocol";
import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import { tasks, turns } from "../database/schema.ts";
import { toTask, toTurn } from "../database/to-wire.ts";
import { topics } from "../events/events.ts";
import { badRequest, conflict, notFound } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import type { Services } from "../services/services.ts";
import { claimUntil } from "../services/turn-dispatch.ts";
import { ended, isTurn, settleTask, type TurnKey } from "../services/turn-end.ts";
import type { TurnEndpoint } from "./names.ts";
import { isTask } from "./tasks.ts";
import { changeRow, findRow } from "./versioned.ts";

const type = "Turn";

/** The key of the turn that a path names. */
export function turnKey(path: { tenantId: string; taskId: string; turnIndex: string }): TurnKey {
  return { tenantId: path.tenantId, taskId: path.taskId, index: Number(path.turnIndex) };
}

/** Turns of tasks. */
export function turnHandlers(services: Services): HandlersFor<TurnEndpoint> {
  const { database, events, dispatch, timing, now, stop } = services;
  const change = (key: TurnKey) => ({ table: turns, where: isTurn(key), now: now(), type, toObject: toTurn });

  const requireTask = (path: { tenantId: string; taskId: string }, includeDeleted: boolean | undefined) =>
    findRow(database, tasks, { where: isTask(path, includeDeleted), type: "Task" });

  return {
    createTurn: async ({ path, body, ifMatch }) => {
      const key = turnKey(path);
      const time = now();
      const turn = await database.transaction(async (transaction) => {
        const [task] = await transaction.select().from(tasks).where(isTask(path)).for("update");
        if (!task) throw notFound("Task");
        const [last] = await transaction
          .select()
          .from(turns)
          .where(and(eq(turns.tenantId, key.tenantId), eq(turns.taskId, key.taskId)))
          .orderBy(desc(turns.index))
          .limit(1);
        const refuse = (message: string) => conflict(message, "Task", toTask(task, last));
        if (ifMatch !== undefined && ifMatch !== 0 && ifMatch !== task.version)
          throw refuse("version mismatch");
        if (!last) throw refuse("the task has no first turn: it has no environment to run in");
        if (!last.isTerminal) throw conflict("the last turn has not ended", type, toTurn(last));
        if (key.index <= last.index) throw conflict("the turn exists", type, toTurn(last));
        if (key.index !== last.index + 1)
          throw conflict(`the next turn is ${last.index + 1}`, type, toTurn(last));
        await transaction
          .update(tasks)
          .set({ state: taskStates.pending, version: sql`${tasks.version} + 1`, updatedAt: time })
          .where(isTask(path));
        const [row] = await transaction
          .insert(turns)
          .values({
            ...key,
            prompt: body.Prompt,
            previousResponseId: last.previousResponseId,
            commits: {},
            status: turnStatuses.pending,
            dispatchAt: claimUntil(time, timing.runnerWait),
            createdAt: time,
            updatedAt: time,
          })
          .returning();
        if (!row) throw new Error("the turn was not added");
        return row;
      });
      if (!stop.aborted) dispatch.send(key);
      return toTurn(turn);
    },
    getTurn: async ({ path, query }) => {
      await requireTask(path, query.includeDeleted);
      return toTurn(await findRow(database, turns, change(turnKey(path))));
    },
    getLastTurn: async ({ path, query }) => {
      await requireTask(path, query.includeDeleted);
      const [row] = await database
        .select()
        .from(turns)
        .where(and(eq(turns.tenantId, path.tenantId), eq(turns.taskId, path.taskId)))
        .orderBy(desc(turns.index))
        .limit(1);
      if (!row) throw notFound(type);
      return toTurn(row);
    },
    listTurns: async ({ path, query }) => {
      await requireTask(path, query.includeDeleted);
      const plan = planPage(query, turns.index);
      const rows = await database
        .select()
        .from(turns)
        .where(plan.where(eq(turns.tenantId, path.tenantId), eq(turns.taskId, path.taskId)))
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ index }) => index, toTurn);
    },
    updateTurn: async ({ path, ifMatch, body }) => {
      const key = turnKey(path);
      const ends = body.Status !== undefined && isTerminal(body.Status);
      if (body.CompletedAt !== undefined && !ends)
        throw badRequest("CompletedAt needs a Status that ends the turn");
      const changed = change(key);
      const known = await findRow(database, turns, changed);
      if (known.isTerminal) {
        throw conflict("the turn has ended", type, toTurn(known), errorTypes.updateCompletedTurn);
      }
      const row = await changeRow(
        database,
        { ...changed, version: ifMatch },
        {
          status: body.Status,
          previousResponseId: body.PreviousResponseID,
          commits: body.CommitInfo,
          outputMessage: body.OutputMessage,
          errorMessage: body.ErrorMessage,
          ...(ends && {
            ...ended(changed.now),
            completedAt: body.CompletedAt ?? changed.now.toISOString(),
          }),
        },
      );
      if (ends) await settleTask({ database, events, now }, key, row.status);
      events.publish(topics.turn(key.tenantId, key.taskId, key.index));
      return toTurn(row);
    },
    listActiveTurns: async ({ query }) => {
      // There is one partition: this server's database.
      if (query.partition > 0) return { Items: [] };
      const plan = planPage(query, turns.sequence);
      const rows = await database
        .select()
        .from(turns)
        .where(
          plan.where(
            eq(turns.isTerminal, false),
            lt(turns.updatedAt, new Date(query.maxUpdatedAt)),
            query.minUpdatedAt === undefined ? undefined : gte(turns.updatedAt, new Date(query.minUpdatedAt)),
          ),
        )
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toTurn);
    },
  };
}
