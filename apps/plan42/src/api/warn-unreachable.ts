import { isLoopbackUrl } from "@plano/protocol";
import type { Terminal } from "@plano/terminal";
import type { Api } from "./open-api.ts";

/** Warns when the server gives agents a URL that no container reaches. One that does not say which is trusted. */
export async function warnUnreachable({ client }: Api, { warning, errorLine }: Terminal): Promise<void> {
  const server = await client.call("getServer", { path: {} }).catch(() => undefined);
  if (server === undefined || !isLoopbackUrl(server.AgentUrl)) return;
  warning(`agents in containers cannot reach the server at ${server.AgentUrl}`);
  errorLine("  Start it without --listen, or with --listen ADDRESS:PORT --public-url URL.");
}
