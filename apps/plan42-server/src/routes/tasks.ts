import { errorTypes, type RepositoryInfoMap, type Task, taskStates, turnStatuses } from "@plano/protocol";
import { and, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { environments, tasks, turns } from "../database/schema.ts";
import { toTask } from "../database/to-wire.ts";
import { badRequest, Failure, forbidden } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import { accessOf, findTaskConnection } from "../services/connection-access.ts";
import type { Services } from "../services/services.ts";
import { claimUntil } from "../services/turn-dispatch.ts";
import { failTurn, isTurn, type TurnKey } from "../services/turn-end.ts";
import type { TaskEndpoint } from "./names.ts";
import { changeRow, createRow, findRow } from "./versioned.ts";

type TaskRow = typeof tasks.$inferSelect;

interface TaskPath {
  readonly tenantId: string;
  readonly taskId: string;
}

/** The condition that finds one task. */
export function isTask({ tenantId, taskId }: TaskPath, includeDeleted = false) {
  return and(
    eq(tasks.tenantId, tenantId),
    eq(tasks.id, taskId),
    includeDeleted ? undefined : eq(tasks.deleted, false),
  );
}

/** Tasks as objects, each with what its last turn has to say. */
async function toTasks(database: Database, rows: readonly TaskRow[]): Promise<Task[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const last = await database
    .selectDistinctOn([turns.tenantId, turns.taskId], {
      tenantId: turns.tenantId,
      taskId: turns.taskId,
      index: turns.index,
      status: turns.status,
    })
    .from(turns)
    .where(inArray(turns.taskId, ids))
    .orderBy(turns.tenantId, turns.taskId, sql`${turns.index} desc`);
  const byTask = new Map(last.map((turn) => [`${turn.tenantId}/${turn.taskId}`, turn]));
  return rows.map((row) => toTask(row, byTask.get(`${row.tenantId}/${row.id}`)));
}

/** Tasks. */
export function taskHandlers(services: Services): HandlersFor<TaskEndpoint> {
  const { database, events, dispatch, vault, timing, now, stop } = services;

  const toObject = async (row: TaskRow): Promise<Task> => {
    const [task] = await toTasks(database, [row]);
    return task ?? toTask(row, undefined);
  };
  const change = (path: TaskPath, includeDeleted: boolean) => ({
    table: tasks,
    where: isTask(path, includeDeleted),
    now: now(),
    type: "Task",
    toObject: (row: TaskRow) => toTask(row, undefined),
  });

  return {
    createTask: async ({ path, body }) => {
      const { tenantId, taskId } = path;
      const environmentId = body.EnvironmentId || null;
      if (environmentId !== null) await requireEnvironment(tenantId, environmentId);
      const created = change(path, true);
      const time = created.now;
      const row = await database.transaction(async (transaction) => {
        const added = await createRow(transaction, created, {
          tenantId,
          id: taskId,
          title: body.Title,
          environmentId,
          prompt: body.Prompt,
          model: body.Model ?? null,
          repositories: body.RepoInfo,
          state: taskStates.pending,
          createdAt: time,
          updatedAt: time,
        });
        // Without an environment there is nowhere to run: the task waits for people.
        if (environmentId === null) return added;
        await transaction.insert(turns).values({
          tenantId,
          taskId,
          index: 1,
          prompt: body.Prompt,
          commits: {},
          status: turnStatuses.pending,
          dispatchAt: claimUntil(time, timing.runnerWait),
          createdAt: time,
          updatedAt: time,
        });
        return added;
      });
      if (environmentId !== null && !stop.aborted) dispatch.send({ tenantId, taskId, index: 1 });
      return toTask(row, environmentId === null ? undefined : { index: 1, status: turnStatuses.pending });
    },
    getTask: async ({ path, query }) =>
      toObject(await findRow(database, tasks, change(path, query.includeDeleted ?? false))),
    updateTask: async ({ path, ifMatch, body, principal }) => {
      if (principal.kind === "agent" && body.Deleted !== undefined) {
        throw forbidden("an agent may not bring a task back");
      }
      const row = await changeRow(
        database,
        { ...change(path, body.Deleted === false), version: ifMatch },
        {
          title: body.Title,
          prompt: body.Prompt,
          model: body.Model,
          repositories: body.RepoInfo,
          deleted: body.Deleted,
        },
      );
      return toObject(row);
    },
    deleteTask: async ({ path, ifMatch }) => {
      await changeRow(database, { ...change(path, false), version: ifMatch }, { deleted: true });
      const open = await database
        .select({ index: turns.index })
        .from(turns)
        .where(
          and(eq(turns.tenantId, path.tenantId), eq(turns.taskId, path.taskId), eq(turns.isTerminal, false)),
        );
      for (const { index } of open) {
        await failTurn({ database, events, now }, { ...path, index }, "the task was deleted");
      }
    },
    listTasks: async ({ path, query }) => {
      // There are no workstreams here, so none has a task.
      if (query.workstreamID) return { Items: [] };
      return list(query, [
        eq(tasks.tenantId, path.tenantId),
        query.includeDeleted ? undefined : eq(tasks.deleted, false),
      ]);
    },
    searchTasks: async ({ query, principal }) => {
      const { taskId, pullRequestId, tenantID } = query;
      if (taskId === undefined && pullRequestId === undefined) {
        throw badRequest("pullRequestId or taskId is needed");
      }
      if (tenantID !== undefined && tenantID !== principal.tenantId) {
        throw forbidden("the token belongs to another tenant");
      }
      return list(query, [
        eq(tasks.tenantId, principal.tenantId),
        eq(tasks.deleted, false),
        taskId === undefined ? undefined : eq(tasks.id, taskId),
        pullRequestId === undefined ? undefined : hasPullRequest(pullRequestId),
      ]);
    },
    getTaskGithubCreds: async ({ path, principal }) => {
      await findRow(database, tasks, change(path, false));
      if (principal.kind === "agent") await requireOpenTurn({ ...path, index: principal.turnIndex });
      const access = accessOf(await findTaskConnection(database, path), { vault, now: now() });
      if (access.kind === "token") return { GithubToken: access.token };
      const reason =
        access.kind === "runner"
          ? "the connection to GitHub is private: its token is with its runner"
          : access.reason;
      throw new Failure(404, errorTypes.notFound, reason);
    },
  };

  async function requireOpenTurn(key: TurnKey): Promise<void> {
    const [turn] = await database.select({ isTerminal: turns.isTerminal }).from(turns).where(isTurn(key));
    if (!turn || turn.isTerminal) throw forbidden("the turn has ended");
  }

  async function requireEnvironment(tenantId: string, environmentId: string): Promise<void> {
    const found = await database
      .select({ id: environments.id })
      .from(environments)
      .where(
        and(
          eq(environments.tenantId, tenantId),
          eq(environments.id, environmentId),
          eq(environments.deleted, false),
        ),
      );
    if (found.length === 0) throw badRequest("EnvironmentId: there is no such environment");
  }

  async function list(
    query: { maxResults?: number | undefined; token?: string | undefined },
    conditions: readonly (SQL | undefined)[],
  ) {
    const plan = planPage(query, tasks.sequence, "falling");
    const rows = await database
      .select()
      .from(tasks)
      .where(plan.where(...conditions))
      .orderBy(plan.orderBy)
      .limit(plan.limit);
    const page = plan.finish(
      rows,
      ({ sequence }) => sequence,
      (row) => row,
    );
    return { ...page, Items: await toTasks(database, page.Items) };
  }
}

function hasPullRequest(id: string): SQL {
  const key: keyof RepositoryInfoMap[string] = "PRID";
  return sql`exists (select 1 from jsonb_each(${tasks.repositories}) as entry where entry.value ->> ${key}::text = ${id}::text)`;
}
