import type { Turn } from "@plano/protocol";
import { expect, test } from "vitest";
import { agentInput } from "./agent-input.ts";
import type { InvokeRequest } from "./check-request.ts";

const request = { Type: "InvokeAgentRequest", Task: {}, AgentToken: "t" } as unknown as InvokeRequest;
const turn = { TurnIndex: 1 } as Turn;
const none = { openaiEndpoint: "", openaiToken: "", claudeEndpoint: "", claudeToken: "", mappings: {} };

test("an agent is told of this machine's models, if there are any", () => {
  expect(Object.keys(JSON.parse(agentInput(request, turn, none)))).toEqual([
    "Type",
    "Task",
    "Turn",
    "AgentToken",
  ]);
  const models = {
    ...none,
    openaiEndpoint: "http://gateway/v1",
    claudeToken: "secret",
    mappings: { "GPT-5 Codex": { provider: "openai", model: "gpt-5.2", extendedContext: false } },
  };
  expect(JSON.parse(agentInput(request, turn, models))).toMatchObject({
    OpenAIEndpoint: "http://gateway/v1",
    ClaudeToken: "secret",
    ModelMappings: { "GPT-5 Codex": { Provider: "openai", Model: "gpt-5.2", ExtendedContext: false } },
  });
});
