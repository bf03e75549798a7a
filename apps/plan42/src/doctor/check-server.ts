import type { Transport } from "@plano/client";
import { ApiError, CallError, type Client, ConnectionError } from "@plano/client";
import { parseRunnerToken, type RunnerToken } from "@plano/crypto";
import { describeCause } from "@plano/errors";
import { formatDuration } from "@plano/terminal";
import { renewToken } from "../api/renew-token.ts";
import { tokenElsewhere } from "../jobs/missing-variables.ts";
import { type Finding, failed, failure, ok, skipped, warning } from "./finding.ts";

const soonMilliseconds = 7 * 24 * 3_600_000;
/** By how much clocks may differ before tokens are taken for expired, or not valid yet. */
const skewMilliseconds = 60_000;
const answerMilliseconds = 10_000;
const newToken = `${renewToken} puts a new one into the configuration.`;

/** Whether a token is a runner's, and for how long; and the token taken apart if it is one. */
export function checkToken(secret: string, now: Date): { finding: Finding; token: RunnerToken | undefined } {
  // A configuration without one is refused.
  if (secret === "") return { finding: skipped("token", tokenElsewhere), token: undefined };
  try {
    const token = parseRunnerToken(secret);
    return { finding: checkExpiry(token, now), token };
  } catch (error) {
    return { finding: failed("token", error, newToken), token: undefined };
  }
}

function checkExpiry({ expiresAt }: RunnerToken, now: Date): Finding {
  const check = "token";
  if (expiresAt === undefined) return ok(check, "a runner's token that does not expire");
  const left = expiresAt.getTime() - now.getTime();
  const day = expiresAt.toISOString().slice(0, 10);
  if (left <= 0) return failure(check, `it expired on ${day}`, newToken);
  if (left < soonMilliseconds) return warning(check, `it expires in ${formatDuration(left)}`, newToken);
  return ok(check, `a runner's token, valid until ${day}`);
}

/** Whether the server answers, and knows the token. */
export async function checkServer(client: Client, { tenantId }: RunnerToken, url: string): Promise<Finding> {
  const check = "server";
  const began = performance.now();
  try {
    await client.call("listGithubConnections", {
      path: { tenantId },
      query: { private: true },
    });
    return ok(
      check,
      `${url} answers after ${formatDuration(performance.now() - began)}, and knows the token`,
    );
  } catch (error) {
    if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
      return failure(check, `${url} refuses the token (${error.status})`, newToken);
    }
    const reason = error instanceof CallError ? error.reason : describeCause(error);
    const told = `asking ${url} for its GitHub connections: ${reason}`;
    const mend =
      error instanceof ConnectionError
        ? "Is the address right, and the server up? A proxy goes into http_proxy, an authority into ca_file."
        : `Is ${url} the address of a Plan42 server?`;
    return failure(check, told, mend);
  }
}

/** Compares this machine's clock with the server's. */
export async function checkClock(send: Transport, url: string): Promise<Finding> {
  const check = "clock";
  try {
    const began = Date.now();
    const reply = await send({
      url,
      method: "GET",
      headers: {},
      body: undefined,
      signal: AbortSignal.timeout(answerMilliseconds),
    });
    await reply.stream()?.cancel();
    const written = Date.parse(reply.header("date") ?? "");
    if (Number.isNaN(written)) return skipped(check, "the server does not say what time it is");
    // The server's answer is cut to whole seconds.
    const skew = Math.round((began + Date.now()) / 2 - written - 500);
    const told = `${formatDuration(Math.abs(skew))} ${skew > 0 ? "ahead of" : "behind"} the server's`;
    if (Math.abs(skew) > skewMilliseconds) {
      return failure(
        check,
        `this machine's clock is ${told}`,
        "Set the clock: timedatectl set-ntp true, or your system's settings.",
      );
    }
    return ok(check, `this machine's clock is ${told}`);
  } catch {
    return skipped(check, "the server does not answer");
  }
}
