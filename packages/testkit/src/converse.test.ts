import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  CountTokensCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, defaultAwsCredentials, type Provider } from "./index.ts";

let provider: Provider;
let client: BedrockRuntimeClient;

beforeAll(async () => {
  provider = await createProvider({ service: "bedrock" });
  client = connect({});
});
afterAll(() => provider.close());

/** The SDK signs with the key pair unless told otherwise. */
function connect(options: { secret?: string; token?: string; skewMs?: number }) {
  const { accessKeyId, secretAccessKey } = defaultAwsCredentials;
  return new BedrockRuntimeClient({
    region: "eu-central-1",
    endpoint: provider.url,
    requestHandler: new NodeHttpHandler(),
    maxAttempts: 1,
    ...(options.token === undefined
      ? { credentials: { accessKeyId, secretAccessKey: options.secret ?? secretAccessKey } }
      : { token: { token: options.token }, authSchemePreference: ["httpBearerAuth"] }),
    ...(options.skewMs !== undefined && { systemClockOffset: options.skewMs }),
  });
}

const modelId = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const say = (text: string): ConverseCommandInput["messages"] => [{ role: "user", content: [{ text }] }];
const toolConfig = {
  tools: [{ toolSpec: { name: "get_weather", inputSchema: { json: { type: "object", properties: {} } } } }],
};

test("echoes the last user text", async () => {
  const reply = await client.send(new ConverseCommand({ modelId, messages: say("hello there") }));
  expect(reply.output?.message?.content).toEqual([{ text: "Echo: hello there" }]);
  expect(reply.stopReason).toBe("end_turn");
  expect(reply.usage?.outputTokens).toBe(3);
});

test("streams frames that the SDK checks", async () => {
  const reply = await client.send(
    new ConverseStreamCommand({
      modelId: "scenario-tool-parallel",
      messages: say("hello"),
      toolConfig,
    }),
  );
  const inputs = new Map<number, string>();
  const order: string[] = [];
  for await (const event of reply.stream ?? []) {
    order.push(Object.keys(event)[0] ?? "");
    const delta = event.contentBlockDelta;
    if (!delta) continue;
    const at = delta.contentBlockIndex ?? -1;
    inputs.set(at, (inputs.get(at) ?? "") + (delta.delta?.toolUse?.input ?? ""));
  }
  expect([...inputs.values()].map((input) => (JSON.parse(input) as { city: string }).city)).toEqual([
    "Zürich",
    "東京",
  ]);
  expect(order.slice(-2)).toEqual(["messageStop", "metadata"]);
});

test("thinking comes back signed, and only as it was", async () => {
  const additionalModelRequestFields = { thinking: { type: "enabled", budget_tokens: 1024 } };
  const messages = say("get_weather") ?? [];
  const ask = { modelId, toolConfig, additionalModelRequestFields };
  const first = await client.send(new ConverseCommand({ ...ask, messages }));
  const content = first.output?.message?.content ?? [];
  expect(content[0]?.reasoningContent?.reasoningText?.signature).toBeTruthy();
  const toolUseId = content[1]?.toolUse?.toolUseId;
  const answer = {
    role: "user" as const,
    content: [{ toolResult: { toolUseId, content: [{ text: "18" }] } }],
  };
  const again = (kept: typeof content) =>
    client.send(
      new ConverseCommand({ ...ask, messages: [...messages, { role: "assistant", content: kept }, answer] }),
    );
  const second = await again(content);
  expect(second.output?.message?.content?.[1]?.text).toBe("Tool results: 18");
  await expect(again(content.slice(1))).rejects.toThrow("must start with a thinking block");
  const [thinking] = content;
  const changed = { reasoningText: { ...thinking?.reasoningContent?.reasoningText, text: "other" } };
  await expect(again([{ reasoningContent: changed }, ...content.slice(1)])).rejects.toThrow(
    "Invalid `signature`",
  );
});

test("counts tokens as a reply reports them", async () => {
  const messages = say("hello");
  const count = await client.send(new CountTokensCommand({ modelId, input: { converse: { messages } } }));
  const reply = await client.send(new ConverseCommand({ modelId, messages }));
  expect(reply.usage?.inputTokens).toBe(count.inputTokens);
});

test("fails in the middle with an exception, and breaks frames on demand", async () => {
  const read = async (name: string) => {
    const reply = await client.send(new ConverseStreamCommand({ modelId: name, messages: say("a b c") }));
    for await (const event of reply.stream ?? []) void event;
  };
  await expect(read("scenario-stream-error-2")).rejects.toMatchObject({ name: "InternalServerException" });
  await expect(read("scenario-malformed-2")).rejects.toThrow();
  await expect(read("scenario-rate-limit-9")).rejects.toMatchObject({ name: "ThrottlingException" });
});

test("lets in a bearer key and a right signature, nothing else", async () => {
  const ask = (options: Parameters<typeof connect>[0]) =>
    connect(options).send(new ConverseCommand({ modelId, messages: say("x") }));
  expect((await ask({ token: provider.key })).stopReason).toBe("end_turn");
  await expect(ask({ token: "wrong" })).rejects.toMatchObject({ name: "AccessDeniedException" });
  await expect(ask({ secret: "wrong" })).rejects.toMatchObject({ name: "InvalidSignatureException" });
  await expect(ask({ skewMs: 600_000 })).rejects.toThrow("Signature expired");
});

const user = { role: "user", content: [{ text: "hi" }] };
const use = {
  role: "assistant",
  content: [{ toolUse: { toolUseId: "t1", name: "get_weather", input: {} } }],
};
const result = { toolResult: { toolUseId: "t1", content: [{ text: "x" }] } };
const png = "iVBORw0KGgo=";
const named = (name: string) => ({ document: { format: "pdf", name, source: { bytes: png } } });

test.each<[name: string, body: object, message: string]>([
  ["an unknown member", { messages: [user], model: "x" }, "extraneous key [model]"],
  [
    "an unknown member of a block",
    { messages: [{ role: "user", content: [{ type: "text", text: "x" }] }] },
    "[messages.0.content.0.type]",
  ],
  [
    "two kinds in a block",
    { messages: [{ role: "user", content: [{ text: "x", ...result }] }] },
    "exactly one member",
  ],
  ["a blank text", { messages: [{ role: "user", content: [{ text: " " }] }] }, "is blank"],
  ["no content", { messages: [{ role: "user", content: [] }] }, "is empty"],
  ["an assistant first", { messages: [{ ...user, role: "assistant" }] }, "must start with a user message"],
  ["a system role", { messages: [{ ...user, role: "system" }] }, "enum value set: [user, assistant]"],
  ["two user turns", { messages: [user, user] }, "must alternate"],
  [
    "tool blocks without tools",
    { messages: [user, use, { role: "user", content: [result] }] },
    "toolConfig field must be defined",
  ],
  ["a use without a result", { messages: [user, use, user], toolConfig }, "Expected toolResult blocks"],
  [
    "a result without a use",
    { messages: [{ role: "user", content: [result] }], toolConfig },
    "exceeds the number",
  ],
  [
    "broken base64",
    { messages: [{ role: "user", content: [{ image: { format: "png", source: { bytes: "data:x" } } }] }] },
    "base64",
  ],
  [
    "a document with dots in its name",
    { messages: [{ role: "user", content: [named("a.pdf"), { text: "x" }] }] },
    "can only contain",
  ],
  [
    "two documents of a name",
    { messages: [{ role: "user", content: [named("a"), named("a"), { text: "x" }] }] },
    "Duplicate document names",
  ],
  ["a document alone", { messages: [{ role: "user", content: [named("a")] }] }, "requires a text block"],
  ["a number as text", { messages: [{ role: "user", content: [{ text: 1 }] }] }, "Expected string"],
  ["no tools", { messages: [user], toolConfig: { tools: [] } }, "toolConfig.tools"],
  [
    "a schema that is no text",
    {
      messages: [user],
      outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema: { schema: {} } } } },
    },
    "Expected string",
  ],
  [
    "fields that the model does not know",
    { messages: [user], additionalModelRequestFields: { seed: 1 } },
    "seed: Extra inputs",
  ],
  [
    "a guardrail",
    { messages: [user], guardrailConfig: { guardrailIdentifier: "x", guardrailVersion: "1" } },
    "does not exist",
  ],
])("refuses %s", async (_, body, message) => {
  const reply = await fetch(`${provider.url}/model/${encodeURIComponent(modelId)}/converse`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${provider.key}` },
    body: JSON.stringify(body),
  });
  expect((await reply.json()) as object).toMatchObject({
    message: expect.stringContaining(message) as string,
  });
  expect(reply.status).toBe(400);
  expect(reply.headers.get("x-amzn-errortype")).toMatch(/^(Validation|Serialization)Exception:/);
});
