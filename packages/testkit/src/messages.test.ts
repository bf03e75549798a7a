import Anthropic from "@anthropic-ai/sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, type Provider } from "./index.ts";

let provider: Provider;
let client: Anthropic;

beforeAll(async () => {
  provider = await createProvider({ service: "anthropic" });
  client = new Anthropic({ apiKey: provider.key, baseURL: provider.url, maxRetries: 0 });
});
afterAll(() => provider.close());

const weather = {
  name: "get_weather",
  input_schema: { type: "object" as const, properties: { city: { type: "string" } } },
};
const model = "claude-sonnet-4-5";

test("echoes the last user text", async () => {
  const reply = await client.messages.create({
    model,
    max_tokens: 100,
    messages: [{ role: "user", content: "hello" }],
  });
  expect(reply.content).toEqual([{ type: "text", text: "Echo: hello" }]);
  expect(reply.stop_reason).toBe("end_turn");
});

test("streams parallel tool calls in blocks of their own", async () => {
  const message = await client.messages
    .stream({
      model: "scenario-tool-parallel",
      max_tokens: 100,
      tools: [weather],
      messages: [{ role: "user", content: "hello" }],
    })
    .finalMessage();
  expect(message.stop_reason).toBe("tool_use");
  expect(message.content.map((block) => block.type === "tool_use" && block.input)).toEqual([
    { city: "Zürich", note: 'call 1 of "2"' },
    { city: "東京", note: 'call 2 of "2"' },
  ]);
});

test("stops at a stop sequence and at the token limit", async () => {
  const stopped = await client.messages.create({
    model,
    max_tokens: 100,
    stop_sequences: ["STOP"],
    messages: [{ role: "user", content: "go STOP here" }],
  });
  expect(stopped.stop_sequence).toBe("STOP");
  const cut = await client.messages.create({
    model,
    max_tokens: 2,
    messages: [{ role: "user", content: "a b c" }],
  });
  expect(cut.stop_reason).toBe("max_tokens");
  expect(cut.content).toEqual([{ type: "text", text: "Echo: a" }]);
});

test("counts tokens as a message reports them", async () => {
  const messages = [{ role: "user" as const, content: "hello" }];
  const count = await client.messages.countTokens({ model, messages });
  const reply = await client.messages.create({ model, max_tokens: 9, messages });
  expect(reply.usage.input_tokens).toBe(count.input_tokens);
});

test("lists models page by page", async () => {
  const ids: string[] = [];
  for await (const entry of client.models.list({ limit: 2 })) ids.push(entry.id);
  expect(ids).toEqual(["claude-sonnet-4-5", "claude-haiku-4-5", "claude-opus-4-1", "claude-opus-4-8"]);
});

const user = { role: "user", content: "hi" };
const valid = { model, max_tokens: 10, messages: [user] };
const use = {
  role: "assistant",
  content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: {} }],
};
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "x" };

test.each<[name: string, body: object, message: string]>([
  ["an unknown field", { ...valid, n: 1 }, "n: Extra inputs are not permitted"],
  ["no max_tokens", { model, messages: [user] }, "max_tokens: Field required"],
  [
    "a system role",
    { ...valid, messages: [{ role: "system", content: "x" }, user] },
    'Unexpected role "system"',
  ],
  [
    "an assistant first",
    { ...valid, messages: [{ role: "assistant", content: "x" }, user] },
    'first message must use the "user" role',
  ],
  [
    "an empty text",
    { ...valid, messages: [{ role: "user", content: [{ type: "text", text: "" }] }] },
    "text content blocks must be non-empty",
  ],
  [
    "a blank text",
    { ...valid, messages: [{ role: "user", content: [{ type: "text", text: " " }] }] },
    "non-whitespace",
  ],
  ["an empty turn", { ...valid, messages: [{ role: "user", content: "" }] }, "must have non-empty content"],
  [
    "a call without a result",
    { ...valid, tools: [weather], messages: [user, use, user] },
    "ids were found without `tool_result`",
  ],
  [
    "a result after text",
    {
      ...valid,
      tools: [weather],
      messages: [user, use, { role: "user", content: [{ type: "text", text: "x" }, result] }],
    },
    "ids were found without `tool_result`",
  ],
  [
    "a result without a call",
    { ...valid, tools: [weather], messages: [{ role: "user", content: [result] }] },
    "unexpected `tool_use_id`",
  ],
  [
    "tool blocks without tools",
    { ...valid, messages: [user, use, { role: "user", content: [result] }] },
    "must define tools",
  ],
  [
    "a temperature above one",
    { ...valid, temperature: 1.5 },
    "temperature: Input should be less than or equal to 1",
  ],
  ["two sampling parameters", { ...valid, temperature: 0.5, top_p: 0.5 }, "cannot both be specified"],
  [
    "a prefill",
    { ...valid, model: "claude-opus-4-8", messages: [user, { role: "assistant", content: "x" }] },
    "does not support assistant message prefill",
  ],
  [
    "another API's image",
    {
      ...valid,
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "http://x" } }] }],
    },
    "messages.0.content.0.type",
  ],
  [
    "too many cache marks",
    {
      ...valid,
      system: Array.from({ length: 5 }, () => ({
        type: "text",
        text: "x",
        cache_control: { type: "ephemeral" },
      })),
    },
    "maximum of 4 blocks",
  ],
])("refuses %s", async (_, body, message) => {
  const reply = await post(body);
  expect(reply.status).toBe(400);
  expect(reply.body.error.message).toContain(message);
  expect(reply.body.error.type).toBe("invalid_request_error");
});

test("refuses a missing key, a wrong key and a missing version", async () => {
  expect((await post(valid, { "x-api-key": undefined })).status).toBe(401);
  expect((await post(valid, { "x-api-key": "sk-ant-other" })).body.error.type).toBe("authentication_error");
  const reply = await post(valid, { "anthropic-version": undefined });
  expect(reply.body.error.message).toBe("anthropic-version: header is required");
});

test.each<[name: string, body: object, message: string]>([
  ["sampling parameters", { ...valid, temperature: 1 }, "temperature: Extra inputs are not permitted"],
  [
    "citations of a user",
    { ...valid, messages: [{ role: "user", content: [{ type: "text", text: "x", citations: [{}] }] }] },
    "citations",
  ],
])("refuses %s from version 2026-10-21 on", async (_, body, message) => {
  expect((await post(body)).body.error?.message ?? "").not.toContain(message);
  const reply = await post(body, { "anthropic-version": "2026-10-21" });
  expect(reply.body.error.message).toContain(message);
});

async function post(body: object, headers: Record<string, string | undefined> = {}) {
  const all = {
    "content-type": "application/json",
    "x-api-key": provider.key,
    "anthropic-version": "2023-06-01",
    ...headers,
  };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const reply = await fetch(`${provider.url}/v1/messages`, {
    method: "POST",
    headers: given,
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: (await reply.json()) as { error: { message: string; type: string } } };
}

test("thinking comes back as it was, and opens a tool turn", async () => {
  const ask = {
    model,
    max_tokens: 4000,
    tools: [weather],
    thinking: { type: "enabled" as const, budget_tokens: 1024 },
  };
  const user = { role: "user" as const, content: "get_weather" };
  const first = await client.messages.create({ ...ask, messages: [user] });
  const [thinking, use] = first.content;
  if (thinking?.type !== "thinking" || use?.type !== "tool_use") throw new Error("no thinking, no use");
  const again = (content: Anthropic.ContentBlockParam[]) =>
    client.messages.create({
      ...ask,
      messages: [
        user,
        { role: "assistant", content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "18" }] },
      ],
    });
  const second = await again([thinking, use]);
  expect(second.content.at(-1)).toMatchObject({ text: "Tool results: 18" });
  await expect(again([{ ...thinking, thinking: "other" }, use])).rejects.toThrow("Invalid `signature`");
  await expect(again([use])).rejects.toThrow("must start with a thinking block");
});

test("fits a schema", async () => {
  const reply = await client.messages.create({
    model,
    max_tokens: 99,
    output_config: {
      format: { type: "json_schema", schema: { type: "object", properties: { a: { type: "string" } } } },
    },
    messages: [{ role: "user", content: "hi" }],
  });
  expect(reply.content).toEqual([{ type: "text", text: '{"a":"hi"}' }]);
});
