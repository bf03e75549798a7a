import { and, eq, isNull } from "drizzle-orm";
import { runners, tokens as tokenTable } from "../database/schema.ts";
import { toRunner, toRunnerToken } from "../database/to-wire.ts";
import { topics } from "../events/events.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import type { Services } from "../services/services.ts";
import type { RunnerEndpoint } from "./names.ts";
import { changeRow, createRow, findRow } from "./versioned.ts";

interface RunnerPath {
  readonly tenantId: string;
  readonly runnerId: string;
}

const isRunner = ({ tenantId, runnerId }: RunnerPath, includeDeleted: boolean | undefined) =>
  and(
    eq(runners.tenantId, tenantId),
    eq(runners.id, runnerId),
    includeDeleted ? undefined : eq(runners.deleted, false),
  );
const isToken = ({ tenantId, runnerId, tokenId }: RunnerPath & { readonly tokenId: string }) =>
  and(eq(tokenTable.tenantId, tenantId), eq(tokenTable.runnerId, runnerId), eq(tokenTable.id, tokenId));

/** Runners and their tokens. */
export function runnerHandlers(services: Services): HandlersFor<RunnerEndpoint> {
  const { database, tokens, events, now } = services;
  const runnerChange = (path: RunnerPath, includeDeleted: boolean) => ({
    table: runners,
    where: isRunner(path, includeDeleted),
    now: now(),
    type: "Runner",
    toObject: toRunner,
  });
  const tokenChange = (path: RunnerPath & { readonly tokenId: string }) => ({
    table: tokenTable,
    where: isToken(path),
    now: now(),
    type: "RunnerToken",
    toObject: toRunnerToken,
  });

  return {
    createRunner: async ({ path, body }) => {
      const change = runnerChange(path, true);
      const row = await createRow(database, change, {
        tenantId: path.tenantId,
        id: path.runnerId,
        name: body.Name,
        description: body.Description,
        isCloud: body.IsCloud,
        runsTasks: body.RunsTasks,
        proxiesGithub: body.ProxiesGithub,
        createdAt: change.now,
        updatedAt: change.now,
      });
      return toRunner(row);
    },
    getRunner: async ({ path, query }) =>
      toRunner(await findRow(database, runners, runnerChange(path, query.includeDeleted ?? false))),
    updateRunner: async ({ path, ifMatch, body }) => {
      // Only a change that brings it back reaches a deleted runner.
      const change = { ...runnerChange(path, body.Deleted === false), version: ifMatch };
      const row = await changeRow(database, change, {
        name: body.Name,
        description: body.Description,
        isCloud: body.IsCloud,
        runsTasks: body.RunsTasks,
        proxiesGithub: body.ProxiesGithub,
        deleted: body.Deleted,
      });
      return toRunner(row);
    },
    deleteRunner: async ({ path, ifMatch }) => {
      await changeRow(database, { ...runnerChange(path, false), version: ifMatch }, { deleted: true });
      events.publish(topics.tokens);
    },
    listRunners: async ({ path, query }) => {
      const plan = planPage(query, runners.sequence);
      const rows = await database
        .select()
        .from(runners)
        .where(
          plan.where(
            eq(runners.tenantId, path.tenantId),
            query.includeDeleted ? undefined : eq(runners.deleted, false),
            query.runsTasks === undefined ? undefined : eq(runners.runsTasks, query.runsTasks),
            query.proxiesGithub === undefined ? undefined : eq(runners.proxiesGithub, query.proxiesGithub),
          ),
        )
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toRunner);
    },
    generateRunnerToken: async ({ path, body }) => {
      await findRow(database, runners, runnerChange(path, false));
      const issued = await tokens.issueRunnerToken({ ...path, days: body.TTLDays });
      const row = await createRow(database, tokenChange(path), {
        tenantId: path.tenantId,
        runnerId: path.runnerId,
        id: path.tokenId,
        kind: "runner",
        signatureHash: issued.signatureHash,
        expiresAt: issued.expiresAt,
        createdAt: issued.createdAt,
        updatedAt: issued.createdAt,
      });
      return { ...toRunnerToken(row), Token: issued.token };
    },
    getRunnerToken: async ({ path }) => toRunnerToken(await findRow(database, tokenTable, tokenChange(path))),
    listRunnerTokens: async ({ path, query }) => {
      const page = { maxResults: query.maxResults, token: query.nextPageToken ?? query.token };
      const plan = planPage(page, tokenTable.sequence);
      const rows = await database
        .select()
        .from(tokenTable)
        .where(
          plan.where(
            eq(tokenTable.tenantId, path.tenantId),
            eq(tokenTable.runnerId, path.runnerId),
            query.includeRevoked ? undefined : isNull(tokenTable.revokedAt),
          ),
        )
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toRunnerToken);
    },
    revokeRunnerToken: async ({ path, ifMatch }) => {
      const change = { ...tokenChange(path), version: ifMatch };
      await changeRow(database, change, { revokedAt: change.now });
      events.publish(topics.tokens);
    },
  };
}
