import { parseRunnerToken, type RunnerToken } from "@plano/crypto";
import { isLoopbackUrl } from "@plano/protocol";
import { variableOf } from "@plano/runner-home";
import { fileOf } from "../setup/setup.ts";

/** What is wrong, and what helps. */
export interface CheckFailure {
  readonly ok: false;
  readonly message: string;
  readonly hint?: string;
}

export type CheckedSetup = { readonly ok: true; readonly token: RunnerToken } | CheckFailure;

const tokenHint = "plan42 runner token NAME prints a new one; it begins with p42r_.";
const missingUrl = failure("missing server url", "Such as https://api.dev.plan42.ai.");
const wrongUrl = failure("invalid server url", "It must be https://…, or http://… on this machine.");

/** What can be said of a token and a server's address without asking anybody. `token` is the secret itself. */
export function checkSetup({ token, url }: { token: string; url: string }, now: Date): CheckedSetup {
  if (token !== "" && url === "") return missingUrl;
  const checked = checkToken(token);
  if (!checked.ok) return checked;
  if (!isSafeUrl(url)) return wrongUrl;
  const { expiresAt } = checked.token;
  if (expiresAt !== undefined && expiresAt <= now) {
    return failure(`the runner token has expired on ${expiresAt.toISOString().slice(0, 10)}`, tokenHint);
  }
  return checked;
}

/** What a runner could not start with, as it is written: where a reference leads is seen when it starts. */
export function checkWritten({ token, url }: { token: string; url: string }): CheckFailure | undefined {
  const checked = fileOf(token) ? undefined : checkWrittenToken(token);
  if (checked !== undefined) return checked;
  if (url === "") return missingUrl;
  return /^https?:$/.test(URL.parse(url)?.protocol ?? "") ? undefined : wrongUrl;
}

/** The same of the key `token` alone. */
export function checkWrittenToken(token: string): CheckFailure | undefined {
  if (variableOf(token) !== undefined) return undefined;
  const checked = checkToken(token);
  return checked.ok ? undefined : checked;
}

/** Takes a token apart. */
function checkToken(token: string): CheckedSetup {
  if (token === "") return failure("missing runner token", tokenHint);
  if (!token.startsWith("p42r_")) return failure("invalid runner token", tokenHint);
  try {
    return { ok: true, token: parseRunnerToken(token) };
  } catch (cause) {
    return failure(cause instanceof Error ? cause.message : String(cause), tokenHint);
  }
}

/** Whether a token may be sent there: encrypted, or within this machine. */
function isSafeUrl(url: string): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || parsed.hostname === "") return false;
  return parsed.protocol === "https:" || (parsed.protocol === "http:" && isLoopbackUrl(url));
}

function failure(message: string, hint: string): CheckFailure {
  return { ok: false, message, hint };
}
