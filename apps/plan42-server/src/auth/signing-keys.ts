import { createPrivateKey, type KeyObject } from "node:crypto";
import { generateSigningKey } from "@plano/crypto/signing";
import { eq } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { settings } from "../database/schema.ts";

/** What signs this server's tokens, and the names under which it has issued some. */
export interface SigningKeys {
  readonly key: KeyObject;
  readonly keyId: string;
  /** Base URL of the API, as containers reach it. */
  readonly issuer: string;
  /** Also those of earlier days: a server may have moved. */
  readonly issuers: readonly string[];
}

/** Reads the key, or makes it at the first start, and adds the issuer to those that are known. */
export async function loadSigningKeys(database: Database, issuer: string): Promise<SigningKeys> {
  await database
    .insert(settings)
    .values({ key: "signing-key", value: generateSigningKey() })
    .onConflictDoNothing();
  const pem = await readSetting(database, "signing-key");
  return database.transaction(async (transaction) => {
    await transaction.insert(settings).values({ key: "issuers", value: "[]" }).onConflictDoNothing();
    const [row] = await transaction.select().from(settings).where(eq(settings.key, "issuers")).for("update");
    const known: string[] = JSON.parse(row?.value ?? "[]");
    const issuers = [...new Set([...known, issuer])];
    if (issuers.length > known.length) {
      await transaction
        .update(settings)
        .set({ value: JSON.stringify(issuers) })
        .where(eq(settings.key, "issuers"));
    }
    return { key: createPrivateKey(pem), keyId: "1", issuer, issuers };
  });
}

async function readSetting(database: Database, key: string): Promise<string> {
  const [row] = await database.select().from(settings).where(eq(settings.key, key));
  return row?.value ?? "";
}
