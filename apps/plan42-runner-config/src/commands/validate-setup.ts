import { checkServer } from "../checks/check-server.ts";
import { checkSetup } from "../checks/check-setup.ts";
import { resolveSecret } from "../checks/resolve-secret.ts";
import type { Context } from "../context.ts";
import type { ValidationOutcome } from "../form/state.ts";
import type { Setup } from "../setup/setup.ts";

export interface ValidateSetupOptions {
  readonly setup: Setup;
  /** Proxy of the file, in place of the environment's. */
  readonly httpProxy: string | undefined;
  readonly signal: AbortSignal;
}

/** Checks token and address, then asks the server. Rejects only with the reason of the signal. */
export async function validateSetup(
  { setup, httpProxy, signal }: ValidateSetupOptions,
  { environment, now }: Pick<Context, "environment" | "now">,
): Promise<ValidationOutcome> {
  const resolved = resolveSecret(setup.token, environment);
  if (!resolved.ok) return resolved;
  const { secret } = resolved;
  const checked = checkSetup({ token: secret, url: setup.url }, now());
  if (!checked.ok) return checked;
  const { token } = checked;
  const { url, caFile, skipSslVerify } = setup;
  const server = await checkServer({
    ...{ url, secret, token, caFile, skipSslVerify, httpProxy, environment, signal },
  });
  return server.ok ? { ...server, expiresAt: token.expiresAt } : server;
}
