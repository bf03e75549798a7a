import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, type Provider } from "./index.ts";

let provider: Provider;
beforeAll(async () => {
  provider = await createProvider({ service: "chatgpt" });
});
afterAll(() => provider.close());

const valid = {
  model: "gpt-5-codex",
  instructions: "Be brief.",
  input: [{ role: "user", content: "hi" }],
  store: false,
  stream: true,
};

async function ask(body: object, key = provider.key) {
  const reply = await fetch(`${provider.url}/backend-api/codex/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify(body),
  });
  return { status: reply.status, text: await reply.text() };
}

test("streams", async () => {
  expect((await ask(valid)).text).toContain("response.completed");
});

test.each<[name: string, body: object, detail: string]>([
  ["a buffered request", { ...valid, stream: false }, "Stream must be set to true"],
  ["a stored one", { ...valid, store: true }, "Store must be set to false"],
  ["no instructions", { ...valid, instructions: undefined }, "Instructions are required"],
  ["a text as input", { ...valid, input: "hi" }, "Input must be a list"],
  ["a token limit", { ...valid, max_output_tokens: 99 }, "Unsupported parameter: max_output_tokens"],
])("refuses %s", async (_, body, detail) => {
  const reply = await ask(body);
  expect(reply.status).toBe(400);
  expect(JSON.parse(reply.text)).toEqual({ detail });
});

test("refuses a wrong token", async () => {
  expect(await ask(valid, "no")).toEqual({ status: 401, text: '{"detail":"Unauthorized"}' });
});
