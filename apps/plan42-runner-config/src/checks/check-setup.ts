import { parseRunnerToken, type RunnerToken } from "@plano/crypto";
import { isServerUrl, variableOf } from "@plano/runner-home";
import { fileOf, type Setup } from "../setup/setup.ts";

/** What is wrong, and what helps. */
export interface CheckFailure {
  readonly ok: false;
  readonly message: string;
  readonly hint?: string;
  /** The field that it is about. */
  readonly field?: "token" | "url" | "runtime" | `${number}.url`;
}

export type CheckedSetup = { readonly ok: true; readonly token: RunnerToken } | CheckFailure;

const tokenHint = "plan42 runner token NAME prints a new one; it begins with p42r_.";
const missingUrl = failure("missing server url", "Such as https://api.dev.plan42.ai.");
const wrongUrl = failure("invalid server url", "It must be such as https://api.example.com.");

/** What can be said of a token and a server's address without asking anybody. `token` is the secret itself. */
export function checkSetup({ token, url }: { token: string; url: string }, now: Date): CheckedSetup {
  if (token !== "" && url === "") return missingUrl;
  const checked = checkToken(token);
  if (!checked.ok) return checked;
  if (!isServerUrl(url)) return wrongUrl;
  const { expiresAt } = checked.token;
  if (expiresAt !== undefined && expiresAt <= now) {
    return failure(`the runner token has expired on ${expiresAt.toISOString().slice(0, 10)}`, tokenHint);
  }
  return checked;
}

/** What a runner could not start with, as it is written: where a reference leads is seen when it starts. */
export function checkWritten({
  token,
  url,
  connections,
}: Pick<Setup, "token" | "url" | "connections">): CheckFailure | undefined {
  const checked = fileOf(token) ? undefined : checkWrittenToken(token);
  if (checked !== undefined) return { ...checked, field: "token" };
  if (url === "") return { ...missingUrl, field: "url" };
  if (!isServerUrl(url)) return { ...wrongUrl, field: "url" };
  const index = connections.findIndex((connection) => !isServerUrl(connection.url));
  const wrong = connections[index];
  return (
    wrong && { ...wrongUrl, message: `[github.${wrong.key}]: invalid server url`, field: `${index}.url` }
  );
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

function failure(message: string, hint: string): CheckFailure {
  return { ok: false, message, hint };
}
