import { z } from "zod";
import { wireObject } from "../wire.ts";
import { endpoint, users } from "./endpoint.ts";

export const serverEndpoints = {
  getServer: endpoint({
    method: "GET",
    path: "/v1/server",
    summary: "Shows the server's version, and the URL under which agents are told to reach it.",
    callers: users,
    status: 200,
    result: wireObject({ Version: z.string(), AgentUrl: z.url() }),
  }),
} as const;
