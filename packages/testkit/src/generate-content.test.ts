import { ApiError, GoogleGenAI, type Part } from "@google/genai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, type Provider } from "./index.ts";

let provider: Provider;
let client: GoogleGenAI;

beforeAll(async () => {
  provider = await createProvider({ service: "gemini" });
  client = new GoogleGenAI({ apiKey: provider.key, httpOptions: { baseUrl: provider.url } });
});
afterAll(() => provider.close());

const weather = {
  name: "get_weather",
  description: "Weather of a city",
  parametersJsonSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const tools = [{ functionDeclarations: [weather] }];
const model = "gemini-2.5-flash";

test("echoes the last user text", async () => {
  const reply = await client.models.generateContent({ model, contents: "hello there" });
  expect(reply.text).toBe("Echo: hello there");
  expect(reply.candidates?.[0]?.finishReason).toBe("STOP");
  expect(reply.usageMetadata?.candidatesTokenCount).toBe(3);
});

test("streams text with the usage on each chunk", async () => {
  const stream = await client.models.generateContentStream({ model, contents: "one two" });
  const usages: unknown[] = [];
  let text = "";
  for await (const chunk of stream) {
    text += chunk.text ?? "";
    usages.push(chunk.usageMetadata?.totalTokenCount);
  }
  expect(text).toBe("Echo: one two");
  expect(usages.every((total) => typeof total === "number")).toBe(true);
});

test("streams without events are one list", async () => {
  const reply = await post("gemini-2.5-flash:streamGenerateContent", { contents: [user] });
  expect(reply.body).toHaveLength(3);
});

test("a signed call comes back signed, and is answered", async () => {
  const contents = [{ role: "user", parts: [{ text: 'get_weather {"city":"Zürich"}' }] as Part[] }];
  const config = { tools };
  const first = await client.models.generateContent({ model: "gemini-3-pro", contents, config });
  const parts = first.candidates?.[0]?.content?.parts ?? [];
  expect(parts[0]?.functionCall?.args).toEqual({ city: "Zürich" });
  expect(parts[0]?.thoughtSignature).toBeTruthy();
  const response = { name: "get_weather", response: { output: "18 °C" } };
  const history = (model: Part[]) => [
    ...contents,
    { role: "model", parts: model },
    { role: "user", parts: [{ functionResponse: response }] },
  ];
  const second = await client.models.generateContent({
    model: "gemini-3-pro",
    contents: history(parts),
    config,
  });
  expect(second.text).toBe("Tool results: 18 °C");
  const unsigned = parts.map(({ functionCall }) => ({ functionCall })) as Part[];
  await expect(
    client.models.generateContent({ model: "gemini-3-pro", contents: history(unsigned), config }),
  ).rejects.toThrow("missing a thought_signature");
});

test("shows its thoughts only when asked", async () => {
  const config = { thinkingConfig: { includeThoughts: true, thinkingBudget: 1024 } };
  const reply = await client.models.generateContent({ model, contents: "hi", config });
  expect(reply.candidates?.[0]?.content?.parts?.[0]).toMatchObject({ thought: true });
  expect(reply.usageMetadata?.thoughtsTokenCount).toBeGreaterThan(0);
  const silent = await client.models.generateContent({ model: "scenario-reasoning", contents: "hi" });
  expect(silent.candidates?.[0]?.content?.parts).toHaveLength(1);
});

test("blocks a prompt without a candidate", async () => {
  const reply = await client.models.generateContent({ model: "scenario-blocked", contents: "hi" });
  expect(reply.promptFeedback?.blockReason).toBe("PROHIBITED_CONTENT");
  expect(reply.candidates).toBeUndefined();
});

test("fits a schema", async () => {
  const reply = await client.models.generateContent({
    model,
    contents: "hi",
    config: {
      responseMimeType: "application/json",
      responseJsonSchema: { type: "object", properties: { n: { type: "integer" }, s: { type: "string" } } },
    },
  });
  expect(JSON.parse(reply.text ?? "")).toEqual({ n: 1, s: "hi" });
});

test("counts tokens as a reply reports them, and lists models", async () => {
  const count = await client.models.countTokens({ model, contents: "hello" });
  const reply = await client.models.generateContent({ model, contents: "hello" });
  expect(reply.usageMetadata?.promptTokenCount).toBe(count.totalTokens);
  const names: (string | undefined)[] = [];
  for await (const entry of await client.models.list({ config: { pageSize: 3 } })) names.push(entry.name);
  expect(names).toContain("models/gemini-3-pro");
});

test("asks for a pause in the details, and fails in the middle as an error", async () => {
  const error = await client.models
    .generateContent({ model: "scenario-rate-limit-9", contents: "x" })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(String(error)).toContain('"retryDelay":"9s"');
  const stream = await client.models.generateContentStream({
    model: "scenario-stream-error-2",
    contents: "a b c",
  });
  const reading = async () => {
    for await (const chunk of stream) void chunk;
  };
  await expect(reading()).rejects.toThrow("internal error");
});

const user = { role: "user", parts: [{ text: "hi" }] };
const call = { functionCall: { name: "get_weather", args: {} } };
const response = { functionResponse: { name: "get_weather", response: { output: "x" } } };
const config = (generationConfig: object) => ({ contents: [user], generationConfig });
const declared = (declaration: object) => ({
  contents: [user],
  tools: [{ functionDeclarations: [{ name: "f", description: "x", ...declaration }] }],
});

test.each<[name: string, body: object, message: string]>([
  ["an unknown field", { contents: [user], metadata: {} }, 'Unknown name "metadata": Cannot find field'],
  [
    "an unknown field of a part",
    { contents: [{ parts: [{ type: "text", text: "x" }] }] },
    "contents[0].parts[0]",
  ],
  ["no contents", {}, "contents is not specified"],
  ["no parts", { contents: [{ role: "user", parts: [] }] }, "parts must not be empty"],
  ["an unknown role", { contents: [{ ...user, role: "assistant" }] }, "Please use a valid role"],
  ["two kinds of data in a part", { contents: [{ parts: [{ text: "x", ...call }] }] }, "already set"],
  ["an empty text", { contents: [{ parts: [{ text: "" }] }] }, "one initialized field"],
  [
    "fewer responses than calls",
    { contents: [user, { role: "model", parts: [call, call] }, { role: "user", parts: [response] }] },
    "number of function response parts",
  ],
  [
    "text before a response",
    {
      contents: [user, { role: "model", parts: [call] }, { role: "user", parts: [{ text: "x" }, response] }],
    },
    "number of function response parts",
  ],
  [
    "a signature that it did not make",
    { contents: [user, { role: "model", parts: [{ text: "x", thoughtSignature: "AAAA" }] }, user] },
    "Corrupted thought signature",
  ],
  ["JSON schema in parameters", declared({ parameters: { type: "object", $schema: "x" } }), '"$schema"'],
  ["a reference in parameters", declared({ parameters: { $ref: "#/x" } }), '"$ref"'],
  [
    "keywords of JSON schema in a property",
    declared({
      parameters: { type: "OBJECT", properties: { a: { type: "OBJECT", additionalProperties: false } } },
    }),
    '"additionalProperties"',
  ],
  ["a list of types", declared({ parameters: { type: ["string", "null"] } }), "parameters.type"],
  ["a name with a space", declared({ name: "get weather" }), "Invalid function name"],
  ["empty properties", declared({ parameters: { type: "object", properties: {} } }), "should be non-empty"],
  [
    "both ways to write parameters",
    declared({ parameters: { type: "STRING" }, parametersJsonSchema: {} }),
    "mutually exclusive",
  ],
  [
    "both ways to ask for thinking",
    config({ thinkingConfig: { thinkingBudget: 1, thinkingLevel: "LOW" } }),
    "only one of thinking budget and thinking level",
  ],
  ["a budget out of range", config({ thinkingConfig: { thinkingBudget: 90_000 } }), "thinking budget 90000"],
  ["a schema without a type", config({ responseJsonSchema: {} }), "response_mime_type must be"],
  ["six stop sequences", config({ stopSequences: ["a", "b", "c", "d", "e", "f"] }), "stop_sequences"],
  [
    "JSON with functions",
    { ...declared({}), generationConfig: { responseMimeType: "application/json" } },
    "is unsupported",
  ],
  [
    "allowed names in the wrong mode",
    { ...declared({}), toolConfig: { functionCallingConfig: { mode: "AUTO", allowedFunctionNames: ["f"] } } },
    "should only be set when",
  ],
  [
    "broken base64",
    { contents: [{ parts: [{ inlineData: { mimeType: "image/png", data: "%" } }] }] },
    "Base64",
  ],
  [
    "an image elsewhere",
    { contents: [{ parts: [{ fileData: { fileUri: "https://example.com/a.png" } }] }] },
    "Cannot fetch content",
  ],
])("refuses %s", async (_, body, message) => {
  const reply = await post(`${model}:generateContent`, body);
  expect(reply.body.error?.message).toContain(message);
  expect(reply.body.error).toMatchObject({ code: 400, status: "INVALID_ARGUMENT" });
});

test("takes keys in snake case, but not inside what is the caller's", async () => {
  const parameters = { type: "OBJECT", properties: { home_town: { type: "STRING", max_length: 3 } } };
  const body = {
    contents: [user],
    system_instruction: { parts: [{ text: "x" }] },
    generation_config: { max_output_tokens: 9 },
    tools: [{ function_declarations: [{ name: "f", description: "x", parameters }] }],
  };
  expect((await post(`${model}:generateContent`, body)).status).toBe(200);
});

test("takes a key in its own header only", async () => {
  const body = { contents: [user] };
  const bearer = { "x-goog-api-key": "", authorization: `Bearer ${provider.key}` };
  expect((await post(`${model}:generateContent`, body, bearer)).status).toBe(401);
  expect((await post(`${model}:generateContent?key=${provider.key}`, body)).status).toBe(403);
  expect((await post(`${model}:generateContent`, body, { "x-goog-api-key": "no" })).status).toBe(400);
});

async function post(call: string, body: object, headers: Record<string, string> = {}) {
  const reply = await fetch(`${provider.url}/v1beta/models/${call}`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-goog-api-key": provider.key, ...headers },
    body: JSON.stringify(body),
  });
  return {
    status: reply.status,
    body: (await reply.json()) as { error?: { code: number; message: string; status: string } },
  };
}
