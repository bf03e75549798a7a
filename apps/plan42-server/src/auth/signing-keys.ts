import { createPrivateKey, type KeyObject } from "node:crypto";
import { generateSigningKey } from "@plano/crypto/signing";
import { and, eq } from "drizzle-orm";
import type { Database } from "../database/database.ts";
import { settings } from "../database/schema.ts";
import { type Keyring, sealedBy } from "../secrets/keyring.ts";

/** What signs this server's tokens, and the names under which it has issued some. */
export interface SigningKeys {
  readonly key: KeyObject;
  readonly keyId: string;
  /** Base URL of the API, as containers reach it. */
  readonly issuer: string;
  /** Also those of earlier days: a server may have moved. */
  readonly issuers: readonly string[];
}

const settingsKey = "signing-key";

/** The id of the key that the signing key is encrypted with; undefined if there is none yet, or a plain one. */
export async function signingKeySealedBy(database: Database): Promise<string | undefined> {
  return sealedBy(await readSetting(database, settingsKey));
}

/**
 * Reads the key, or makes it at the first start, and adds the issuer to those that are known. The key is kept
 * encrypted; one of an earlier version, or by a key of before, is encrypted anew.
 */
export async function loadSigningKeys(
  database: Database,
  issuer: string,
  keyring: Keyring,
): Promise<SigningKeys> {
  await database
    .insert(settings)
    .values({ key: settingsKey, value: keyring.seal(generateSigningKey(), settingsKey) })
    .onConflictDoNothing();
  const kept = await readSetting(database, settingsKey);
  const keptBy = sealedBy(kept);
  const pem = keptBy === undefined ? kept : keyring.open(kept, settingsKey);
  if (keptBy !== keyring.currentId) {
    await database
      .update(settings)
      .set({ value: keyring.seal(pem, settingsKey) })
      .where(and(eq(settings.key, settingsKey), eq(settings.value, kept)));
  }
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
