import { defaultId } from "@plano/protocol";
import { and, eq } from "drizzle-orm";
import { environments } from "../database/schema.ts";
import { toEnvironment } from "../database/to-wire.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import { mergeVariables, shownVariables } from "../secrets/vault.ts";
import type { Services } from "../services/services.ts";
import type { EnvironmentEndpoint } from "./names.ts";
import { changeRow, createRow, findRow } from "./versioned.ts";

interface EnvironmentPath {
  readonly tenantId: string;
  readonly environmentId: string;
}

/** Environments of tasks. */
export function environmentHandlers({ database, vault, now }: Services): HandlersFor<EnvironmentEndpoint> {
  const toObject = (row: typeof environments.$inferSelect) =>
    toEnvironment(row, shownVariables(vault.variablesOf(row)));
  const change = ({ tenantId, environmentId }: EnvironmentPath, includeDeleted: boolean) => ({
    table: environments,
    where: and(
      eq(environments.tenantId, tenantId),
      eq(environments.id, environmentId),
      includeDeleted ? undefined : eq(environments.deleted, false),
    ),
    now: now(),
    type: "Environment",
    toObject,
  });
  return {
    createEnvironment: async ({ path, body }) => {
      const { RunnerId, GithubConnectionId, EnvVars, ...content } = body;
      const key = { tenantId: path.tenantId, id: path.environmentId };
      const created = change(path, true);
      const row = await createRow(database, created, {
        ...key,
        content,
        secrets: vault.sealVariables(key, EnvVars),
        runnerId: chosen(RunnerId),
        githubConnectionId: chosen(GithubConnectionId),
        createdAt: created.now,
        updatedAt: created.now,
      });
      return toObject(row);
    },
    getEnvironment: async ({ path, query }) =>
      toObject(await findRow(database, environments, change(path, query.includeDeleted ?? false))),
    updateEnvironment: async ({ path, ifMatch, body }) => {
      const { RunnerId, GithubConnectionId, Deleted, EnvVars, ...content } = body;
      const changed = { ...change(path, Deleted === false), version: ifMatch };
      const known = await findRow(database, environments, changed);
      const given = Object.fromEntries(Object.entries(content).filter(([, value]) => value !== undefined));
      const row = await changeRow(database, changed, {
        content: { ...known.content, ...given },
        secrets: EnvVars && vault.sealVariables(known, mergeVariables(vault.variablesOf(known), EnvVars)),
        runnerId: RunnerId === undefined ? undefined : chosen(RunnerId),
        githubConnectionId: GithubConnectionId === undefined ? undefined : chosen(GithubConnectionId),
        deleted: Deleted,
      });
      return toObject(row);
    },
    deleteEnvironment: async ({ path, ifMatch }) => {
      await changeRow(database, { ...change(path, false), version: ifMatch }, { deleted: true });
    },
    listEnvironments: async ({ path, query }) => {
      const plan = planPage(query, environments.sequence);
      const rows = await database
        .select()
        .from(environments)
        .where(
          plan.where(
            eq(environments.tenantId, path.tenantId),
            query.includeDeleted ? undefined : eq(environments.deleted, false),
          ),
        )
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toObject);
    },
  };
}

/** Null stands for the tenant's default. */
function chosen(id: string | undefined): string | null {
  return !id || id === defaultId ? null : id;
}
