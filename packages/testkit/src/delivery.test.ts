import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createProvider, type Provider } from "./index.ts";

let provider: Provider;

beforeAll(async () => {
  provider = await createProvider({
    service: "openai",
    handler: (facts) =>
      facts.lastUserText === "handled" ? { draft: { text: "by the handler" } } : undefined,
  });
});
afterAll(() => provider.close());

function ask(model: string, content = "one two three four five", signal?: AbortSignal): Promise<Response> {
  return fetch(`${provider.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${provider.key}` },
    body: JSON.stringify({ model, stream: true, messages: [{ role: "user", content }] }),
    ...(signal && { signal }),
  });
}

test("cuts the connection in the middle", async () => {
  const reply = await ask("scenario-cut-2");
  await expect(reply.text()).rejects.toThrow();
});

test("ends early without the closing events", async () => {
  const text = await (await ask("scenario-end-early-2")).text();
  expect(text.match(/^data:/gm)).toHaveLength(2);
});

test("sends an event that is not JSON and goes on", async () => {
  const text = await (await ask("scenario-malformed-2")).text();
  expect(text).toContain('data: {"broken":\n\n');
  expect(text).toContain("[DONE]");
});

test("sends the error event", async () => {
  expect(await (await ask("scenario-stream-error-2")).text()).toContain(
    '{"error":{"message":"The server had an error',
  );
});

test("refuses with a status, a body and a pause", async () => {
  const reply = await ask("scenario-rate-limit-9");
  expect(reply.status).toBe(429);
  expect(reply.headers.get("retry-after")).toBe("9");
  expect((await ask("scenario-error-html-502")).headers.get("content-type")).toBe("text/html");
});

test("writes piece by piece without changing the bytes", async () => {
  const pieces = await (await ask("scenario-split-1")).text();
  expect(pieces).toContain("世界!");
});

test("tells when a client went away", async () => {
  provider.forget();
  const stop = new AbortController();
  const reply = await ask("scenario-stall-1", "x", stop.signal);
  const request = await provider.waitForRequest((candidate) => candidate.path === "/v1/chat/completions");
  stop.abort();
  await expect(reply.text()).rejects.toThrow();
  expect(await request.outcome).toBe("client-gone");
});

test("lets a handler decide and keeps what it received", async () => {
  const client = new OpenAI({ apiKey: provider.key, baseURL: `${provider.url}/v1` });
  const reply = await client.chat.completions.create({
    model: "gpt-4o",
    messages: [{ role: "user", content: "handled" }],
  });
  expect(reply.choices[0]?.message.content).toBe("by the handler");
  expect(provider.lastRequest().json).toMatchObject({ model: "gpt-4o" });
});
