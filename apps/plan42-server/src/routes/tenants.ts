import { eq } from "drizzle-orm";
import { tenants } from "../database/schema.ts";
import { toTenant } from "../database/to-wire.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { planPage } from "../http/paging.ts";
import type { Services } from "../services/services.ts";
import type { TenantEndpoint } from "./names.ts";
import { changeRow, createRow, findRow } from "./versioned.ts";

const type = "Tenant";

/** Tenants and who one is. */
export function tenantHandlers({ database, tokens, now }: Services): HandlersFor<TenantEndpoint> {
  const find = async (tenantId: string) =>
    toTenant(await findRow(database, tenants, { where: eq(tenants.id, tenantId), type }));
  return {
    createTenant: async ({ path, body }) => {
      const { Type, ...profile } = body;
      const change = {
        table: tenants,
        where: eq(tenants.id, path.tenantId),
        now: now(),
        type,
        toObject: toTenant,
      };
      const row = await createRow(database, change, {
        id: path.tenantId,
        type: Type,
        profile: given(profile),
        createdAt: change.now,
        updatedAt: change.now,
      });
      return toTenant(row);
    },
    getTenant: ({ path }) => find(path.tenantId),
    updateTenant: async ({ path, ifMatch, body }) => {
      const change = {
        table: tenants,
        where: eq(tenants.id, path.tenantId),
        version: ifMatch,
        type,
        toObject: toTenant,
      };
      const row = await changeRow(
        database,
        { ...change, now: now() },
        {
          defaultRunnerId: cleared(body.DefaultRunnerID),
          defaultGithubConnectionId: cleared(body.DefaultGithubConnectionID),
        },
      );
      return toTenant(row);
    },
    listTenants: async ({ query, principal }) => {
      const plan = planPage(query, tenants.sequence);
      const own = principal.kind === "admin" ? undefined : eq(tenants.id, principal.tenantId);
      const rows = await database
        .select()
        .from(tenants)
        .where(plan.where(own))
        .orderBy(plan.orderBy)
        .limit(plan.limit);
      return plan.finish(rows, ({ sequence }) => sequence, toTenant);
    },
    getCurrentUser: ({ principal }) => find(principal.tenantId),
    createUserToken: async ({ path }) => {
      await find(path.tenantId);
      return { JWT: await tokens.issueUserToken(path.tenantId, path.tokenId) };
    },
  };
}

/** An empty text clears a field, absence leaves it. */
function cleared(value: string | undefined): string | null | undefined {
  return value === "" ? null : value;
}

function given(profile: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(profile).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
