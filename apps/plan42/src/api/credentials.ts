import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { exitCodes } from "../exit-codes.ts";

/** A server, and how its user proves who they are. */
export interface Credentials {
  /** Base of the API, without `/v1` and without a slash at its end. */
  readonly url: string;
  readonly tenantId: string;
  readonly token: string;
}

/** Reads what `plan42 login` has written; undefined if nobody has logged in. Throws an AppError for a bad file. */
export function readCredentials(path: string): Credentials | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw unusable(path, describeCause(cause), cause);
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw unusable(path, "others can read it, and it holds a token", undefined, `chmod 600 ${path}`);
  }
  let value: Partial<Credentials>;
  try {
    value = JSON.parse(text) as Partial<Credentials>;
  } catch (cause) {
    throw unusable(path, "it is no JSON", cause);
  }
  const { url, tenantId, token } = value ?? {};
  if (typeof url !== "string" || typeof tenantId !== "string" || typeof token !== "string") {
    throw unusable(path, "url, tenantId or token is missing", undefined);
  }
  return { url, tenantId, token };
}

/** Writes the file whole, for its owner only. */
export function writeCredentials(path: string, credentials: Credentials): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.new`;
    writeFileSync(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600 });
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
  } catch (cause) {
    throw new AppError(`cannot write ${path}: ${describeCause(cause)}`, {
      code: "credentials",
      cause,
      hint: "Its folder must be this user's; XDG_CONFIG_HOME names another place for it.",
    });
  }
}

function unusable(path: string, reason: string, cause: unknown, hint = "`plan42 login` writes it anew.") {
  return new AppError(`${path} cannot be used: ${reason}`, {
    code: "credentials",
    cause,
    hint,
    exitCode: exitCodes.notConfigured,
  });
}
