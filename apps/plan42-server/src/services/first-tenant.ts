import { randomUUID } from "node:crypto";
import { eq } from "drizzle-orm";
import type { Tokens } from "../auth/tokens.ts";
import type { Database } from "../database/database.ts";
import { settings, tenants } from "../database/schema.ts";

export interface FirstTenant {
  readonly tenantId: string;
  /** Only at the first start, or when a new one was asked for: nothing keeps it. */
  readonly adminToken: string | undefined;
}

const key = "first-tenant";

/** Makes sure that there is a tenant with an admin, and makes an admin token when there is none yet. */
export async function ensureFirstTenant(
  database: Database,
  tokens: Pick<Tokens, "issueAdminToken">,
  { now, newToken }: { readonly now: Date; readonly newToken: boolean },
): Promise<FirstTenant> {
  const tenantId = randomUUID();
  // Of several processes that start at once one makes the tenant.
  const isFirst = await database.transaction(async (transaction) => {
    const made = await transaction
      .insert(settings)
      .values({ key, value: tenantId })
      .onConflictDoNothing()
      .returning();
    if (made.length === 0) return false;
    await transaction
      .insert(tenants)
      .values({ id: tenantId, type: "User", profile: { FullName: "Admin" }, createdAt: now, updatedAt: now });
    return true;
  });
  const [known] = await database.select().from(settings).where(eq(settings.key, key));
  const id = known?.value ?? tenantId;
  return { tenantId: id, adminToken: isFirst || newToken ? await tokens.issueAdminToken(id) : undefined };
}
