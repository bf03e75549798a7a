import type { BodyOf } from "@plano/protocol";
import { and, eq } from "drizzle-orm";
import { githubConnections } from "../database/schema.ts";
import { toGithubConnection } from "../database/to-wire.ts";
import { badRequest } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import type { GithubTokens } from "../secrets/vault.ts";
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
export function githubConnectionHandlers({
  database,
  vault,
  now,
}: Services): HandlersFor<GithubConnectionEndpoint> {
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
      const isPrivate = body.Private ?? known.isPrivate;
      checkContent({
        isPrivate,
        runnerId: body.RunnerID ?? known.runnerId,
        name: body.Name ?? known.name,
        hasUser:
          (body.GithubUserLogin ?? known.githubUserLogin ?? body.GithubUserID ?? known.githubUserId) !== null,
      });
      if (isPrivate && (body.OAuthToken || body.RefreshToken)) {
        throw badRequest("a private connection's token stays with its runner");
      }
      const tokens = isPrivate ? {} : { ...vault.githubTokensOf(known), ...given(body) };
      const row = await changeRow(
        database,
        { ...change(path), version: ifMatch },
        {
          isPrivate: body.Private,
          runnerId: body.RunnerID,
          name: body.Name,
          githubUserLogin: body.GithubUserLogin,
          githubUserId: body.GithubUserID,
          secrets: vault.sealGithubTokens(known, tokens),
          // An expiry belongs to the token that it came with.
          tokenExpiry:
            body.OAuthToken === undefined ? moment(body.TokenExpiry) : (moment(body.TokenExpiry) ?? null),
          state: body.State,
          stateExpiry: moment(body.StateExpiry),
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

/** The tokens that a change names. */
function given({ OAuthToken, RefreshToken }: BodyOf<"updateGithubConnection">): GithubTokens {
  return {
    ...(OAuthToken !== undefined && { OAuthToken }),
    ...(RefreshToken !== undefined && { RefreshToken }),
  };
}

function moment(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
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
