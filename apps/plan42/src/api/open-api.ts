import { type Client, createClient } from "@plano/client";
import type { Context } from "../context.ts";
import { explainFailure } from "./explain-failure.ts";
import { chooseServer, isExposed, type ServerFlags } from "./server-choice.ts";
import { openTransport } from "./server-transport.ts";

/** A server's API as one of its tenants sees it. */
export interface Api {
  readonly client: Client;
  readonly url: string;
  readonly tenantId: string;
}

/** Runs work that needs a server, and closes the connections when it is done. */
export async function withApi<Result>(
  flags: ServerFlags,
  context: Context,
  work: (api: Api) => Promise<Result>,
): Promise<Result> {
  const { url, token, tenantId } = chooseServer(flags, context);
  if (await isExposed(url)) {
    context.terminal.warning(`${url}: the connection is not encrypted, and the token is readable on the way`);
  }
  const transport = openTransport(url, context.environment);
  const client = createClient({ url, token, transport: transport.send });
  try {
    return await work({ client, url, tenantId: tenantId ?? (await ownTenant(client)) });
  } catch (error) {
    throw explainFailure(error, url, transport.proxy);
  } finally {
    await transport.close();
  }
}

/** The tenant that a token belongs to. */
export async function ownTenant(client: Client): Promise<string> {
  return (await client.call("getCurrentUser", { path: {} })).TenantId;
}
