import type { Handlers } from "../http/handlers.ts";
import type { Services } from "../services/services.ts";
import { environmentHandlers } from "./environments.ts";
import { githubConnectionHandlers } from "./github-connections.ts";
import { githubContentHandlers } from "./github-content.ts";
import { messageHandlers } from "./messages.ts";
import { queueHandlers } from "./queues.ts";
import { runnerHandlers } from "./runners.ts";
import { serverHandlers } from "./server.ts";
import { taskHandlers } from "./tasks.ts";
import { tenantHandlers } from "./tenants.ts";
import { turnLogHandlers } from "./turn-logs.ts";
import { turnHandlers } from "./turns.ts";

/** The handlers of all endpoints. */
export function createHandlers(services: Services): Handlers {
  return {
    ...serverHandlers(services),
    ...tenantHandlers(services),
    ...runnerHandlers(services),
    ...queueHandlers(services),
    ...messageHandlers(services),
    ...githubConnectionHandlers(services),
    ...githubContentHandlers(services),
    ...environmentHandlers(services),
    ...taskHandlers(services),
    ...turnHandlers(services),
    ...turnLogHandlers(services),
  };
}
