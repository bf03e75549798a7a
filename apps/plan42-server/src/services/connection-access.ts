import { defaultId } from "@plano/protocol";
import { and, eq } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { environments, githubConnections, tasks, tenants } from "../database/schema.ts";
import type { Vault } from "../secrets/vault.ts";

export type ConnectionRow = typeof githubConnections.$inferSelect;

/** How a connection reaches GitHub: by its runner, by a token that this server keeps, or, for a reason, not. */
export type ConnectionAccess =
  | { readonly kind: "runner"; readonly connectionId: string; readonly runnerId: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none"; readonly reason: string; readonly isExpired: boolean };

/** What can be done with a connection now. */
export function accessOf(
  row: ConnectionRow | undefined,
  { vault, now }: { readonly vault: Pick<Vault, "githubTokensOf">; readonly now: Date },
): ConnectionAccess {
  const none = (reason: string, isExpired = false) => ({ kind: "none", reason, isExpired }) as const;
  if (!row) return none("there is no connection to GitHub");
  if (row.isPrivate) {
    return row.runnerId === null
      ? none("the private connection to GitHub names no runner")
      : { kind: "runner", connectionId: row.id, runnerId: row.runnerId };
  }
  const { OAuthToken: token } = vault.githubTokensOf(row);
  if (!token) return none("the connection to GitHub has no token");
  const isExpired = row.tokenExpiry !== null && row.tokenExpiry.getTime() <= now.getTime();
  return isExpired
    ? none("the token of the connection to GitHub has expired", true)
    : { kind: "token", token };
}

/** The connection of that id; undefined if there is none. */
export async function findConnection(
  database: Database,
  tenantId: string,
  id: string | null,
): Promise<ConnectionRow | undefined> {
  if (id === null) return undefined;
  const [row] = await database
    .select()
    .from(githubConnections)
    .where(and(eq(githubConnections.tenantId, tenantId), eq(githubConnections.id, id)));
  return row;
}

/** The connection of a task's environment, or the tenant's default; undefined if there is none. */
export async function findTaskConnection(
  database: Database,
  { tenantId, taskId }: { readonly tenantId: string; readonly taskId: string },
): Promise<ConnectionRow | undefined> {
  const [row] = await database
    .select({ chosen: environments.githubConnectionId, byDefault: tenants.defaultGithubConnectionId })
    .from(tasks)
    .innerJoin(tenants, eq(tenants.id, tasks.tenantId))
    .innerJoin(
      environments,
      and(eq(environments.tenantId, tasks.tenantId), eq(environments.id, tasks.environmentId)),
    )
    .where(and(eq(tasks.tenantId, tenantId), eq(tasks.id, taskId)));
  return row && findConnection(database, tenantId, orDefault(row.chosen, row.byDefault));
}

/** The id that was chosen, or what stands in for none. */
export function orDefault(id: string | null, byDefault: string | null): string | null {
  return id === null || id === defaultId ? byDefault : id;
}
