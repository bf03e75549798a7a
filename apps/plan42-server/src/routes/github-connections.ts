import { and, eq } from "drizzle-orm";
import { githubConnections } from "../database/schema.ts";
import { toGithubConnection } from "../database/to-wire.ts";
import { badRequest } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import type { Services } from "../services/services.ts";
import type { GithubConnectionEndpoint } from "./names.ts";
import { changeRow, createRow, deleteRow, findRow } from "./versioned.ts";

interface ConnectionPath {
  readonly tenantId: string;
  readonly connectionId: string;
}

/** The condition that finds one connection. */
export function isConnection({ tenantId, connectionId }: ConnectionPath) {
  return and(eq(githubConnections.tenantId, tenantId), eq(githubConnections.id, connectionId));
}

/** Connections to GitHub. */
export function githubConnectionHandlers({ database, now }: Services): HandlersFor<GithubConnectionEndpoint> {
  const change = (path: ConnectionPath) => ({
    table: githubConnections,
    where: isConnection(path),
    now: now(),
    type: "GithubConnection",
    toObject: toGithubConnection,
  });
  return {
    createGithubConnection: async ({ path, body }) => {
      checkContent({
        isPrivate: body.Private,
        runnerId: body.RunnerID,
        name: body.Name,
        hasUser: body.GithubUserLogin !== undefined || body.GithubUserID !== undefined,
      });
      const created = change(path);
      const row = await createRow(database, created, {
        tenantId: path.tenantId,
        id: path.connectionId,
        isPrivate: body.Private,
        runnerId: body.RunnerID,
        name: body.Name,
        githubUserLogin: body.GithubUserLogin,
        githubUserId: body.GithubUserID,
        createdAt: created.now,
        updatedAt: created.now,
      });
      return toGithubConnection(row);
    },
    getGithubConnection: async ({ path }) =>
      toGithubConnection(await findRow(database, githubConnections, change(path))),
    updateGithubConnection: async ({ path, ifMatch, body }) => {
      const known = await findRow(database, githubConnections, change(path));
      checkContent({
        isPrivate: body.Private ?? known.isPrivate,
        runnerId: body.RunnerID ?? known.runnerId,
        name: body.Name ?? known.name,
        hasUser:
          (body.GithubUserLogin ?? known.githubUserLogin ?? body.GithubUserID ?? known.githubUserId) !== null,
      });
      const row = await changeRow(
        database,
        { ...change(path), version: ifMatch },
        {
          isPrivate: body.Private,
          runnerId: body.RunnerID,
          name: body.Name,
          githubUserLogin: body.GithubUserLogin,
          githubUserId: body.GithubUserID,
        },
      );
      return toGithubConnection(row);
    },
    deleteGithubConnection: async ({ path, ifMatch }) => {
      await deleteRow(database, { ...change(path), version: ifMatch });
    },
    listGithubConnections: async ({ path, query }) => {
      const plan = planPage(query, githubConnections.sequence);
      const rows = await database
        .select()
        .from(githubConnections)
        .where(
          plan.where(
            eq(githubConnections.tenantId, path.tenantId),
            query.private === undefined ? undefined : eq(githubConnections.isPrivate, query.private),
          ),
        )
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toGithubConnection);
    },
  };
}

interface ConnectionContent {
  readonly isPrivate: boolean;
  readonly runnerId: string | null | undefined;
  readonly name: string | null | undefined;
  readonly hasUser: boolean;
}

function checkContent({ isPrivate, runnerId, name, hasUser }: ConnectionContent): void {
  if (!isPrivate) return;
  if (!runnerId || !name) throw badRequest("a private connection needs RunnerID and Name");
  if (hasUser) throw badRequest("a private connection has neither GithubUserLogin nor GithubUserID");
}
