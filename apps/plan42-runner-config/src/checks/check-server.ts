import { ApiError, CallError, ConnectionError, createClient, listItems } from "@plano/client";
import { createNodeTransport, proxySettings, readAuthorities } from "@plano/client/node";
import type { RunnerToken } from "@plano/crypto";
import { AppError, describeCause } from "@plano/errors";
import type { Environment } from "../environment.ts";
import type { ServerConnection } from "../setup/sync-connections.ts";
import type { CheckFailure } from "./check-setup.ts";

export interface CheckServerOptions {
  readonly url: string;
  /** The token itself, and taken apart. */
  readonly secret: string;
  readonly token: RunnerToken;
  /** Empty is none. */
  readonly caFile: string;
  readonly skipSslVerify: boolean;
  /** Proxy in place of the environment's. */
  readonly httpProxy: string | undefined;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

export type CheckedServer =
  | { readonly ok: true; readonly connections: readonly ServerConnection[] }
  | CheckFailure;

const answerMilliseconds = 15_000;
const certificateHint =
  "--ca-file FILE trusts the authority of your own; --skip-ssl-verify turns the check of certificates off.";

/** Asks the server for this runner's connections to GitHub, which shows that token and address are right. */
export async function checkServer(options: CheckServerOptions): Promise<CheckedServer> {
  const { url, secret, token, caFile, skipSslVerify, httpProxy, environment, signal } = options;
  let network: Parameters<typeof createNodeTransport>[0];
  try {
    network = {
      ...proxySettings(environment, { configured: httpProxy }),
      ...(caFile !== "" && { certificateAuthorities: readAuthorities(caFile) }),
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { message, hint } = error;
    return { ok: false, message, ...(hint !== undefined && { hint }) };
  }
  const transport = createNodeTransport({
    ...network,
    verifyCertificates: !skipSslVerify,
  });
  try {
    const client = createClient({
      url,
      token: secret,
      transport: transport.send,
      deadline: answerMilliseconds,
    });
    const connections: ServerConnection[] = [];
    const list = listItems(client, "listGithubConnections", {
      path: { tenantId: token.tenantId },
      query: { private: true },
      signal,
    });
    for await (const { ConnectionID, RunnerID, Name } of list) {
      if (RunnerID === token.runnerId) connections.push({ connectionId: ConnectionID, name: Name ?? "" });
    }
    return { ok: true, connections };
  } catch (error) {
    signal.throwIfAborted();
    return describeFailure(error, url);
  } finally {
    await transport.close();
  }
}

function describeFailure(error: unknown, url: string): CheckFailure {
  if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
    const hint = "It is expired, revoked or of another server: plan42 runner token NAME prints a new one.";
    return { ok: false, message: "token not authorized", hint };
  }
  const reason = error instanceof CallError ? error.reason : describeCause(error);
  const hint = isCertificateError(error) ? certificateHint : `Is ${url} right, and does the server run?`;
  return { ok: false, message: `unable to connect to server: ${reason}`, hint };
}

/** Whether TLS has refused the server's certificate. */
function isCertificateError(error: unknown): boolean {
  if (!(error instanceof ConnectionError)) return false;
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return /CERT|SIGNATURE|ISSUER|ALTNAME/.test(code);
}
