import Anthropic from "@anthropic-ai/sdk";
import { BedrockRuntimeClient, CountTokensCommand } from "@aws-sdk/client-bedrock-runtime";
import { GoogleGenAI } from "@google/genai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FullStage, setFullStage } from "../support/full-stage.ts";
import { providerCases } from "../support/provider-cases.ts";

let stage: FullStage;
beforeAll(async () => {
  stage = await setFullStage();
});
afterAll(() => stage?.strike());

const text = "one two three four five six seven";

/** How each SDK asks how many tokens a text is. */
const counters: Readonly<Record<string, (url: string, model: string) => Promise<number | undefined>>> = {
  async messages(url, model) {
    const sdk = new Anthropic({ apiKey: "unused", baseURL: url, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: text }];
    return (await sdk.messages.countTokens({ model, messages })).input_tokens;
  },
  async generate_content(url, model) {
    const sdk = new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: url } });
    return (await sdk.models.countTokens({ model, contents: text })).totalTokens;
  },
  async converse(url, model) {
    const sdk = new BedrockRuntimeClient({
      region: "us-east-1",
      endpoint: url,
      token: { token: "unused" },
      authSchemePreference: ["httpBearerAuth"],
      maxAttempts: 1,
    });
    const messages = [{ role: "user" as const, content: [{ text }] }];
    const command = new CountTokensCommand({ modelId: model, input: { converse: { messages } } });
    return (await sdk.send(command)).inputTokens;
  },
};

describe.each(Object.entries(counters))("%s counts", (_, count) => {
  test.each(providerCases)("for $id, without asking for an answer", async ({ id, model }) => {
    const standIn = stage.standIns[id];
    standIn.forget();
    const counted = await count(stage.gateway.url, `${id}/${model}`);
    expect(counted).toBeGreaterThan(3);
    expect(counted).toBeLessThan(100);
    const paths = standIn.requests.map(({ path }) => path);
    expect(paths.filter((path) => !/count_?-?tokens$/i.test(path))).toEqual([]);
  });
});

test("models are listed in the shape of who asks", async () => {
  const google = new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: stage.gateway.url } });
  const names: (string | undefined)[] = [];
  for await (const { name } of await google.models.list()) names.push(name);
  expect(names.length).toBeGreaterThan(0);
  expect(names.every((name) => name?.startsWith("models/"))).toBe(true);
  const anthropic = new Anthropic({ apiKey: "unused", baseURL: stage.gateway.url, maxRetries: 0 });
  const listed: string[] = [];
  for await (const model of anthropic.models.list()) listed.push(model.type);
  expect(new Set(listed)).toEqual(new Set(["model"]));
});

test("what providers can do is shown", async () => {
  const reply = await fetch(`${stage.gateway.url}/v1/capabilities`);
  expect(reply.status).toBe(200);
  expect(JSON.stringify(await reply.json())).toContain("dropped");
});
