import type { RequestOf, ResponseTo } from "@plano/protocol";
import type { HandlerContext } from "./context.ts";

/** Takes a job on, and answers before it has begun: how it goes is reported to its turn. */
export async function invokeAgent(
  request: RequestOf<"InvokeAgentRequest">,
  context: HandlerContext,
): Promise<ResponseTo<"InvokeAgentRequest">> {
  return { Type: "InvokeAgentResponse", ErrorMessage: (await context.acceptJob(request)) ?? null };
}
