import { and, asc, eq, gt, isNotNull, notLike, sql } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { environments, githubConnections } from "../database/schema.ts";
import type { Keyring } from "./keyring.ts";
import { connectionPlace, createVault, environmentPlace } from "./vault.ts";

const batch = 100;

/** Encrypts what an earlier version left open, and anew what was encrypted with a key of before. */
export async function resealRows(database: Database, keyring: Keyring): Promise<void> {
  await closeVariables(database, keyring);
  await reseal(database, keyring, environments, environmentPlace);
  await reseal(database, keyring, githubConnections, connectionPlace);
}

/** Versions before encryption kept variables among the other settings of an environment. */
async function closeVariables(database: Database, keyring: Keyring): Promise<void> {
  const vault = createVault(keyring);
  for (;;) {
    const open = await database
      .select()
      .from(environments)
      .where(sql`${environments.content} ? 'EnvVars'`)
      .limit(batch);
    if (open.length === 0) return;
    for (const row of open) {
      const { EnvVars, ...content } = row.content as typeof row.content & { EnvVars: [] };
      await database
        .update(environments)
        .set({ content, secrets: vault.sealVariables(row, EnvVars) })
        .where(eq(environments.sequence, row.sequence));
    }
  }
}

async function reseal(
  database: Database,
  keyring: Keyring,
  table: typeof environments | typeof githubConnections,
  placeOf: (row: { tenantId: string; id: string }) => string,
): Promise<void> {
  const isOld = and(isNotNull(table.secrets), notLike(table.secrets, `v1.${keyring.currentId}.%`));
  for (let after = 0; ; ) {
    const rows = await database
      .select({ sequence: table.sequence, tenantId: table.tenantId, id: table.id, secrets: table.secrets })
      .from(table)
      .where(and(isOld, gt(table.sequence, after)))
      .orderBy(asc(table.sequence))
      .limit(batch);
    for (const row of rows) {
      after = row.sequence;
      if (row.secrets === null) continue;
      const place = placeOf(row);
      // Only if it is still what was read: another server may have changed it.
      await database
        .update(table)
        .set({ secrets: keyring.seal(keyring.open(row.secrets, place), place) })
        .where(and(eq(table.sequence, row.sequence), eq(table.secrets, row.secrets)));
    }
    if (rows.length < batch) return;
  }
}
