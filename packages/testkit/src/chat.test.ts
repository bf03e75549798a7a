import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, type Provider } from "./index.ts";

let provider: Provider;
let client: OpenAI;

beforeAll(async () => {
  provider = await createProvider({ service: "openai" });
  client = new OpenAI({ apiKey: provider.key, baseURL: `${provider.url}/v1`, maxRetries: 0 });
});
afterAll(() => provider.close());

const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "Weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

test("echoes the last user text and counts what it used", async () => {
  const reply = await client.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "hello there" }],
  });
  expect(reply.choices[0]?.message.content).toBe("Echo: hello there");
  expect(reply.choices[0]?.finish_reason).toBe("stop");
  expect(reply.usage?.completion_tokens).toBe(3);
});

test("streams text, then the usage that was asked for", async () => {
  const stream = await client.chat.completions.create({
    model: "gpt-4o",
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "one two" }],
  });
  let text = "";
  let usage = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage?.completion_tokens ?? usage;
  }
  expect(text).toBe("Echo: one two");
  expect(usage).toBe(3);
});

test("calls the tools that the text names, with the arguments after the name", async () => {
  const stream = client.chat.completions.stream({
    model: "gpt-4o",
    tools: [weather],
    messages: [{ role: "user", content: 'get_weather {"city":"Zürich"} and get_weather {"city":"東京"}' }],
  });
  const calls = (await stream.finalMessage()).tool_calls ?? [];
  expect(calls.map((call) => call.type === "function" && call.function.arguments)).toEqual([
    '{"city":"Zürich"}',
    '{"city":"東京"}',
  ]);
});

test("reports the results of a tool turn", async () => {
  const reply = await client.chat.completions.create({
    model: "gpt-4o",
    tools: [weather],
    messages: [
      { role: "user", content: "get_weather" },
      {
        role: "assistant",
        tool_calls: [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "call_1", content: "18 °C" },
    ],
  });
  expect(reply.choices[0]?.message.content).toBe("Tool results: 18 °C");
});

const valid = { model: "gpt-4o", messages: [{ role: "user", content: "hi" }] };
const call = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };

test.each<[name: string, body: object, message: string]>([
  ["an unknown field", { ...valid, top_k: 3 }, "Unknown parameter: 'top_k'."],
  ["no messages", { model: "gpt-4o" }, "Missing required parameter: 'messages'."],
  ["a wrong type", { ...valid, messages: "hi" }, "Invalid type for 'messages': expected an array"],
  ["an unknown role", { ...valid, messages: [{ role: "robot", content: "x" }] }, "messages[0].role"],
  ["no model", { messages: valid.messages }, "you must provide a model parameter"],
  ["an unknown model", { ...valid, model: "gpt-99" }, "The model `gpt-99` does not exist"],
  ["both token limits", { ...valid, max_tokens: 5, max_completion_tokens: 5 }, "at the same time"],
  [
    "max_tokens for a reasoning model",
    { ...valid, model: "o3", max_tokens: 5 },
    "'max_completion_tokens' instead",
  ],
  [
    "stream options without a stream",
    { ...valid, stream_options: { include_usage: true } },
    "stream_options",
  ],
  ["a tool choice without tools", { ...valid, tool_choice: "auto" }, "only allowed when 'tools'"],
  [
    "a text part of another API",
    { ...valid, messages: [{ role: "user", content: [{ type: "input_text", text: "x" }] }] },
    "messages[0].content[0].type",
  ],
  [
    "a result without a call",
    { ...valid, messages: [{ role: "tool", tool_call_id: "x", content: "y" }] },
    "must be a response to a preceeding message",
  ],
  [
    "a call without a result",
    {
      ...valid,
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", tool_calls: [call] },
        { role: "user", content: "y" },
      ],
    },
    "did not have response messages: call_1",
  ],
  [
    "arguments as an object",
    {
      ...valid,
      messages: [
        { role: "user", content: "x" },
        { role: "assistant", tool_calls: [{ ...call, function: { name: "f", arguments: {} } }] },
      ],
    },
    "messages[1].tool_calls[0].function.arguments",
  ],
  [
    "broken base64",
    {
      ...valid,
      messages: [
        { role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,%%" } }] },
      ],
    },
    "messages[0].content[0].image_url.url",
  ],
])("refuses %s", async (_, body, message) => {
  const reply = await post("/v1/chat/completions", body);
  expect(reply.status).toBe(message.includes("does not exist") ? 404 : 400);
  expect(reply.body.error.message).toContain(message);
  expect(reply.body.error.type).toBe("invalid_request_error");
});

test("refuses a key in another service's header", async () => {
  const reply = await post("/v1/chat/completions", valid, { "x-api-key": provider.key, authorization: "" });
  expect(reply.status).toBe(401);
  expect(reply.body.error.message).toContain("You didn't provide an API key");
});

test("refuses other paths, methods, content types and broken JSON", async () => {
  expect((await post("/chat/completions", valid)).status).toBe(404);
  expect((await post("/v1/messages", valid)).status).toBe(404);
  expect((await post("/v1/chat/completions", valid, { "content-type": "text/plain" })).status).toBe(400);
  expect((await post("/v1/chat/completions", "{", {})).body.error.message).toContain(
    "could not parse the JSON",
  );
  const reply = await fetch(`${provider.url}/v1/chat/completions`);
  expect(reply.status).toBe(405);
});

async function post(path: string, body: object | string, headers: Record<string, string> = {}) {
  const reply = await fetch(provider.url + path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${provider.key}`, ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return {
    status: reply.status,
    body: (await reply.json()) as { error: { message: string; type: string; code: string | null } },
  };
}
