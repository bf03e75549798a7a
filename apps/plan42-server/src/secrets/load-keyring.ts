import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { createKeyring, type Keyring, keySize } from "./keyring.ts";

/** The variable that holds the key, for servers that share a Postgres. */
const variable = "PLAN42_SECRET_KEY";

export interface KeySource {
  /** What `PLAN42_SECRET_KEY` says: keys in base64, separated by commas, the one in use first. */
  readonly written: string | undefined;
  /** The data folder, which has a key of its own; undefined with a Postgres. */
  readonly folder: string | undefined;
  /** The id of the key that secrets in the database are sealed with; undefined if there are none. */
  readonly usedId: string | undefined;
}

/** The keys that secrets in the database are sealed with. Throws an AppError if there are none, or others. */
export function loadKeyring({ written, folder, usedId }: KeySource): Keyring {
  const place = written !== undefined || folder === undefined ? variable : join(folder, "secret.key");
  const keyring = createKeyring(
    parseKeys(written ?? (folder === undefined ? missing() : keyFile(place, usedId !== undefined)), place),
  );
  if (usedId !== undefined && !keyring.ids.includes(usedId)) {
    throw new AppError(
      `${place} is not the key that the secrets in the database were encrypted with (its id is ${usedId})`,
      { code: "secret-key", hint: `To change keys, name both, the new one first: ${variable}=NEW,OLD` },
    );
  }
  return keyring;
}

function missing(): never {
  throw new AppError(`${variable} is not set: it encrypts the secrets in the database of DATABASE_URL`, {
    code: "secret-key",
    hint: "openssl rand -base64 32 makes one. Keep it; every server of this database needs the same.",
  });
}

/** The text of the key file, which is made unless something relies on one that is gone. */
function keyFile(path: string, isInUse: boolean): string {
  if (!existsSync(path)) {
    if (isInUse) {
      throw new AppError(`the key file ${path} is missing, and the secrets in the database need it`, {
        code: "secret-key",
        hint: `Put it back from a copy, or set ${variable} to what was in it.`,
      });
    }
    return makeKeyFile(path);
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new AppError(`others can read ${path}, and it holds a key`, {
      code: "secret-key",
      hint: `chmod 600 ${path}`,
    });
  }
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new AppError(`cannot read ${path}: ${describeCause(cause)}`, { code: "secret-key", cause });
  }
}

function makeKeyFile(path: string): string {
  const made = `${randomBytes(keySize).toString("base64")}\n`;
  try {
    writeFileSync(path, made, { mode: 0o600, flag: "wx" });
    return made;
  } catch (cause) {
    throw new AppError(`cannot write ${path}: ${describeCause(cause)}`, { code: "secret-key", cause });
  }
}

function parseKeys(text: string, place: string): readonly [Buffer, ...Buffer[]] {
  const [first, ...rest] = text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => Buffer.from(part, "base64"));
  if (first === undefined || [first, ...rest].some(({ length }) => length !== keySize)) {
    throw new AppError(`${place} holds no key: it must be ${keySize} bytes in base64`, {
      code: "secret-key",
      hint: "openssl rand -base64 32 makes one.",
    });
  }
  return [first, ...rest];
}
