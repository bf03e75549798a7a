import { afterAll, beforeAll, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.strike());

/** The sum of a metric's samples whose labels include those given. */
async function read(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
  const text = await (await fetch(stage.gateway.metricsUrl)).text();
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => Object.entries(labels).every(([key, value]) => line.includes(`${key}="${value}"`)))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

test("calls and tokens are counted by provider, once they are over", async () => {
  const client = chatClient({ url: stage.gateway.url });
  await client.ask({ model: "openai/scenario-cached", text: "hi" });
  await client.stream({ model: "openai/scenario-cached", text: "hi" });
  await client.stream({ model: "anthropic/claude-sonnet-4-5", text: "one two" });
  await expect(client.ask({ model: "openai/scenario-error-429", text: "hi" })).rejects.toThrow();
  const openai = { provider: "openai/*" };
  await expect
    .poll(() => read("plano_calls_total", { ...openai, status: "200", outcome: "completed" }))
    .toBe(2);
  await expect.poll(() => read("plano_calls_total", { ...openai, status: "429" })).toBe(1);
  const translated = { provider: "anthropic/*", client_api: "chat", upstream_api: "messages" };
  await expect.poll(() => read("plano_calls_total", translated)).toBe(1);
  expect(await read("plano_tokens_total", { ...openai, type: "output" })).toBe(4);
  expect(await read("plano_tokens_total", { ...openai, type: "cache_read" })).toBe(2000);
  expect(await read("plano_tokens_total", { ...openai, type: "input" })).toBeGreaterThan(0);
  expect(await read("plano_tokens_total", { provider: "anthropic/*", type: "output" })).toBe(3);
  expect(await read("plano_call_duration_seconds_count")).toBe(4);
  expect(await read("plano_active_calls")).toBe(0);
});

test("a call that its client gives up is counted as such", async () => {
  const leave = new AbortController();
  const stream = chatClient({ url: stage.gateway.url }).stream(
    { model: "openai/scenario-stall-4", text: "one two three", signal: leave.signal },
    () => leave.abort(),
  );
  await expect(stream).rejects.toThrow();
  await expect.poll(() => read("plano_calls_total", { outcome: "client_gone" })).toBe(1);
  expect(await read("plano_active_calls")).toBe(0);
  // The provider never told; the gateway counted what passed.
  const counted = { type: "output_counted" };
  expect(await read("plano_tokens_total", counted)).toBeGreaterThan(0);
  expect(await read("plano_tokens_total", counted)).toBeLessThan(10);
});

test("nothing that a client chose becomes a label", async () => {
  const client = chatClient({ url: stage.gateway.url });
  await expect(client.ask({ model: "made-up-by-a-client", text: "hi" })).rejects.toThrow();
  const text = await (await fetch(stage.gateway.metricsUrl)).text();
  expect(text).not.toContain("made-up-by-a-client");
});
