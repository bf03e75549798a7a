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
  name: "get_weather",
  parameters: { type: "object", properties: {} },
  strict: false,
};

test("answers a string", async () => {
  const reply = await client.responses.create({ model: "gpt-4o", input: "hello" });
  expect(reply.output_text).toBe("Echo: hello");
  expect(reply.status).toBe("completed");
});

test("streams items that add up to the final response", async () => {
  const stream = client.responses.stream({
    model: "scenario-tool-text",
    input: "hello",
    tools: [weather],
  });
  let text = "";
  let position = 0;
  for await (const event of stream) {
    expect(event.sequence_number).toBe(position);
    position += 1;
    if (event.type === "response.output_text.delta") text += event.delta;
  }
  const final = await stream.finalResponse();
  expect(text).toBe("I will look that up.");
  expect(final.output.map((item) => item.type)).toEqual(["message", "function_call"]);
});

test("takes the items of a response back with a tool's output", async () => {
  const input = [{ type: "message" as const, role: "user" as const, content: "get_weather" }];
  const first = await client.responses.create({ model: "gpt-4o", input, tools: [weather] });
  const call = first.output.find((item) => item.type === "function_call");
  const second = await client.responses.create({
    model: "gpt-4o",
    tools: [weather],
    input: [
      ...input,
      ...first.output.filter((item) => item.type === "function_call"),
      { type: "function_call_output", call_id: call?.call_id ?? "", output: "18 °C" },
    ],
  });
  expect(second.output_text).toBe("Tool results: 18 °C");
});

test.each<[name: string, body: object, message: string]>([
  ["a chat field", { model: "gpt-4o", input: "x", stop: ["x"] }, "Unknown parameter: 'stop'."],
  ["no input", { model: "gpt-4o" }, "Missing required parameter: 'input'."],
  ["a short limit", { model: "gpt-4o", input: "x", max_output_tokens: 5 }, "Expected a value >= 16"],
  [
    "a tool of the chat shape",
    { model: "gpt-4o", input: "x", tools: [{ type: "function", function: { name: "f" } }] },
    "Missing required parameter: 'tools[0].name'.",
  ],
  [
    "an output without a call",
    { model: "gpt-4o", input: [{ type: "function_call_output", call_id: "c", output: "x" }] },
    "No tool call found",
  ],
  [
    "a call without an output",
    { model: "gpt-4o", input: [{ type: "function_call", call_id: "c", name: "f", arguments: "{}" }] },
    "No tool output found for function call c.",
  ],
])("refuses %s", async (_, body, message) => {
  const reply = await fetch(`${provider.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${provider.key}` },
    body: JSON.stringify(body),
  });
  expect(reply.status).toBe(400);
  const { error } = (await reply.json()) as { error: { message: string } };
  expect(error.message).toContain(message);
});

test("calls tools of a namespace by both names, and freeform tools with text", async () => {
  const reply = await client.responses.create({
    model: "gpt-4o",
    input: "find apply_patch *** Begin",
    tools: [
      {
        type: "namespace",
        name: "files",
        description: "Files",
        tools: [{ type: "function", name: "find", parameters: { type: "object" }, strict: false }],
      },
      { type: "custom", name: "apply_patch" },
    ],
  });
  expect(reply.output).toMatchObject([
    { type: "function_call", name: "find", namespace: "files" },
    { type: "custom_tool_call", name: "apply_patch", input: "*** Begin" },
  ]);
});

test("encrypted reasoning comes back as it was", async () => {
  const ask = {
    model: "gpt-5",
    store: false,
    reasoning: { effort: "low" as const, summary: "auto" as const },
    include: ["reasoning.encrypted_content" as const],
  };
  const first = await client.responses.create({ ...ask, input: "hi" });
  const [reasoning] = first.output;
  if (reasoning?.type !== "reasoning" || !reasoning.encrypted_content) throw new Error("no reasoning");
  const again = (encrypted: string) =>
    client.responses.create({
      ...ask,
      input: [
        { role: "user", content: "hi" },
        { ...reasoning, encrypted_content: encrypted },
        { role: "user", content: "more" },
      ],
    });
  expect((await again(reasoning.encrypted_content)).output_text).toBe("Echo: more");
  await expect(again("AAAA")).rejects.toThrow("could not be verified");
});

test("fits a schema", async () => {
  const reply = await client.responses.create({
    model: "gpt-4o",
    input: "hi",
    text: {
      format: {
        type: "json_schema",
        name: "answer",
        schema: {
          type: "object",
          properties: { list: { type: "array", items: { $ref: "#/$defs/n" } } },
          $defs: { n: { type: "number" } },
        },
      },
    },
  });
  expect(reply.output_text).toBe('{"list":[1]}');
});
