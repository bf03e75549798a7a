import type { HandlersFor } from "../http/handlers.ts";
import type { Services } from "../services/services.ts";
import { version } from "../version.ts";
import type { ServerEndpoint } from "./names.ts";

/** What a server says of itself. */
export function serverHandlers({ agentUrl }: Services): HandlersFor<ServerEndpoint> {
  return { getServer: async () => ({ Version: version, AgentUrl: agentUrl }) };
}
