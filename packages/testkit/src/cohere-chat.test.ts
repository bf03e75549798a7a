import { CohereClientV2, CohereError } from "cohere-ai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, type Provider } from "./index.ts";

let provider: Provider;
let client: CohereClientV2;

beforeAll(async () => {
  provider = await createProvider({ service: "cohere" });
  client = new CohereClientV2({ token: provider.key, environment: provider.url });
});
afterAll(() => provider.close());

const model = "command-a-03-2025";
const weather = {
  type: "function" as const,
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
};

test("echoes the last user text", async () => {
  const reply = await client.chat({ model, messages: [{ role: "user", content: "hello there" }] });
  expect(reply.message.content).toEqual([{ type: "text", text: "Echo: hello there" }]);
  expect(reply.finishReason).toBe("COMPLETE");
  expect(reply.usage?.tokens?.outputTokens).toBe(3);
});

test("streams a plan and parallel calls in the service's order", async () => {
  const stream = await client.chatStream({
    model: "scenario-tool-text",
    tools: [weather],
    messages: [{ role: "user", content: "hello" }],
  });
  const order: string[] = [];
  let written = "";
  for await (const event of stream) {
    if (order.at(-1) !== event.type) order.push(event.type);
    if (event.type === "tool-call-delta") {
      written += event.delta?.message?.toolCalls?.function?.arguments ?? "";
    }
  }
  expect(order).toEqual([
    "message-start",
    "tool-plan-delta",
    "tool-call-start",
    "tool-call-delta",
    "tool-call-end",
    "message-end",
  ]);
  expect(JSON.parse(written)).toMatchObject({ city: "Zürich" });
});

test("thinks when asked, fits a schema, stops at a sequence", async () => {
  const thought = await client.chat({
    model: "command-a-reasoning-08-2025",
    thinking: { type: "enabled" },
    messages: [{ role: "user", content: "hi" }],
  });
  expect(thought.message.content?.[0]?.type).toBe("thinking");
  const json = await client.chat({
    model,
    responseFormat: {
      type: "json_object",
      jsonSchema: { type: "object", properties: { a: { type: "string" } } },
    },
    messages: [{ role: "user", content: "hi" }],
  });
  expect(json.message.content).toEqual([{ type: "text", text: '{"a":"hi"}' }]);
  const stopped = await client.chat({
    model,
    stopSequences: ["STOP"],
    messages: [{ role: "user", content: "go STOP here" }],
  });
  expect(stopped.finishReason).toBe("STOP_SEQUENCE");
});

test("fails in the middle with the last event, and asks for a pause", async () => {
  const stream = await client.chatStream({
    model: "scenario-stream-error-2",
    messages: [{ role: "user", content: "a b c" }],
  });
  let last: unknown;
  for await (const event of stream) last = event;
  expect(last).toMatchObject({ type: "message-end", delta: { finishReason: "ERROR" } });
  const error = await client
    .chat({ model: "scenario-rate-limit-9", messages: [{ role: "user", content: "x" }] }, { maxRetries: 0 })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CohereError);
  expect((error as CohereError).statusCode).toBe(429);
  expect((error as CohereError).rawResponse?.headers.get("retry-after")).toBe("9");
});

test("lists models", async () => {
  const reply = await fetch(`${provider.url}/v1/models?endpoint=chat`, {
    headers: { authorization: `Bearer ${provider.key}` },
  });
  expect(await reply.json()).toMatchObject({ models: [{ name: model }, {}, {}] });
});

const user = { role: "user", content: "hi" };
const valid = { model, messages: [user] };
const call = { id: "c1", type: "function", function: { name: "get_weather", arguments: "{}" } };
const turn = { role: "assistant", tool_calls: [call] };
const result = { role: "tool", tool_call_id: "c1", content: "x" };
const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };

test.each<[name: string, body: object, message: string]>([
  ["an unknown field", { ...valid, top_p: 0.5 }, "parameter 'top_p'"],
  ["no messages", { model }, "messages is required"],
  ["an unknown role", { ...valid, messages: [{ role: "developer", content: "x" }] }, "messages.0.role"],
  ["an empty turn", { ...valid, messages: [{ role: "user", content: "" }] }, "at least 1 token long"],
  ["an assistant last", { ...valid, messages: [user, { role: "assistant", content: "x" }] }, "last message"],
  ["a call without a result", { ...valid, messages: [user, turn, user] }, "missing c1"],
  ["a result without a call", { ...valid, messages: [user, result] }, "not found in previous tool calls"],
  [
    "a result after the next turn",
    { ...valid, messages: [user, turn, user, result, user] },
    "without tool results",
  ],
  ["p of one", { ...valid, p: 1 }, "p:"],
  ["k beyond its range", { ...valid, k: 501 }, "k:"],
  ["a negative penalty", { ...valid, frequency_penalty: -1 }, "frequency_penalty:"],
  ["six stop sequences", { ...valid, stop_sequences: ["a", "b", "c", "d", "e", "f"] }, "stop_sequences:"],
  ["a choice in another spelling", { ...valid, tools: [weather], tool_choice: "auto" }, "tool_choice:"],
  ["a choice without tools", { ...valid, tool_choice: "REQUIRED" }, "requires tools"],
  [
    "tools without parameters",
    { ...valid, tools: [{ type: "function", function: { name: "f" } }] },
    "parameters is required",
  ],
  [
    "JSON with tools",
    { ...valid, tools: [weather], response_format: { type: "json_object" } },
    "not supported with tools",
  ],
  [
    "an image for a model that sees nothing",
    { ...valid, messages: [{ role: "user", content: [image] }] },
    "image inputs",
  ],
  ["thinking for a model that does not", { ...valid, thinking: { type: "enabled" } }, "'thinking' parameter"],
  ["an unknown model", { ...valid, model: "command-z" }, "'command-z' not found"],
])("refuses %s", async (_, body, message) => {
  const reply = await fetch(`${provider.url}/v2/chat`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${provider.key}` },
    body: JSON.stringify(body),
  });
  expect((await reply.json()) as object).toMatchObject({
    message: expect.stringContaining(message) as string,
  });
  expect([400, 404, 422]).toContain(reply.status);
});
