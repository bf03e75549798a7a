import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client, Question } from "../support/clients/client.ts";
import { type Pair, pairs, unservedPairs } from "../support/pairs.ts";
import { type Stage, setStage } from "../support/stage.ts";

const weather = {
  name: "get_weather",
  description: "Weather of a city",
  parameters: {
    type: "object" as const,
    properties: { city: { type: "string" }, note: { type: "string" } },
    required: ["city"],
  },
};
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const unicode = 'Grüße, 世界! 👩‍🚀🏳️‍🌈 \u2028 ñ é "quoted" back\\slash';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.strike());

describe.each(pairs)("$clientName client, $provider provider", ({ provider, model, client: make }) => {
  let client: Client;
  beforeAll(() => {
    client = make({ url: stage.gateway.url });
  });
  const scenario = (name: string) => `${provider}/scenario-${name}`;

  describe.each(["ask", "stream"] as const)("%s", (way) => {
    const run = (question: Question, onText?: (piece: string) => void) =>
      way === "ask" ? client.ask(question) : client.stream(question, onText);

    test("text", async () => {
      const answer = await run({ model, text: "hello there" });
      expect(answer.text).toBe("Echo: hello there");
      expect(answer.stop).toBe("end");
      expect(answer.usage.output).toBe(3);
      expect(answer.usage.input).toBeGreaterThan(0);
    });

    test("the provider gets its own model name and its own key", async () => {
      await run({ model, text: "whose key" });
      const request = stage[provider].lastRequest();
      expect(request.json).toMatchObject({ model: model.split("/")[1] });
      if (provider === "openai") {
        expect(request.headers.authorization).toBe(`Bearer ${stage.openai.key}`);
        expect(request.headers["x-api-key"]).toBeUndefined();
      } else {
        expect(request.headers["x-api-key"]).toBe(stage.anthropic.key);
        expect(request.headers.authorization).toBeUndefined();
      }
      expect(request.query.size).toBe(0);
    });

    test("text beyond ASCII", async () => {
      const answer = await run({ model: scenario("unicode"), text: "x" });
      expect(answer.text).toBe(unicode);
      expect((await run({ model, text: unicode })).text).toBe(`Echo: ${unicode}`);
    });

    test("bytes that arrive one by one", async () => {
      expect((await run({ model: scenario("split-1"), text: "x" })).text).toBe(unicode);
    });

    test("a system prompt", async () => {
      expect((await run({ model, system: "Be brief.", text: "hi" })).text).toBe("Echo: hi");
      expect(JSON.stringify(stage[provider].lastRequest().json)).toContain("Be brief.");
    });

    test("a tool call", async () => {
      const answer = await run({ model, tools: [weather], text: 'get_weather {"city":"Zürich"}' });
      expect(answer.stop).toBe("tools");
      expect(answer.toolCalls).toMatchObject([{ name: "get_weather", arguments: { city: "Zürich" } }]);
      expect(answer.toolCalls[0]?.id).toBeTruthy();
    });

    test("parallel tool calls", async () => {
      const answer = await run({ model: scenario("tool-parallel-3"), tools: [weather], text: "go" });
      expect(answer.toolCalls.map((call) => call.arguments)).toEqual([
        { city: "Zürich", note: 'call 1 of "3"' },
        { city: "東京", note: 'call 2 of "3"' },
        { city: "São Paulo", note: 'call 3 of "3"' },
      ]);
      expect(new Set(answer.toolCalls.map((call) => call.id)).size).toBe(3);
      expect(answer.stop).toBe("tools");
    });

    test("text before a tool call", async () => {
      const answer = await run({ model: scenario("tool-text"), tools: [weather], text: "go" });
      expect(answer.text).toBe("I will look that up.");
      expect(answer.toolCalls).toHaveLength(1);
    });

    test("a forced tool and no parallel calls", async () => {
      const answer = await run({
        model,
        tools: [weather],
        toolChoice: "required",
        parallelToolCalls: false,
        text: "get_weather get_weather",
      });
      expect(answer.toolCalls).toHaveLength(1);
    });

    test("a turn of tool results", async () => {
      const answer = await run({
        model,
        tools: [weather],
        text: "get_weather twice",
        toolTurn: [
          { id: "call_a", name: "get_weather", arguments: { city: "Zürich" }, result: "18 °C" },
          { id: "call_b", name: "get_weather", arguments: { city: "東京" }, result: "22 °C" },
        ],
      });
      expect(answer.text).toBe("Tool results: 18 °C; 22 °C");
    });

    test("an image", async () => {
      const answer = await run({ model, text: "what is this", images: [pixel] });
      expect(answer.text).toBe("Echo: what is this [images: 1]");
    });

    test("the token limit", async () => {
      const answer = await run({ model: scenario("long-100"), text: "go", maxTokens: 20 });
      expect(answer.stop).toBe("length");
      expect(answer.text.split(" ")).toHaveLength(20);
    });

    test("cached tokens", async () => {
      const { usage } = await run({ model: scenario("cached"), text: "hi" });
      expect(usage).toMatchObject({ input: 1200, cached: 1000, output: 2 });
    });

    test("a refusal", async () => {
      const answer = await run({ model: scenario("refusal"), text: "hi" });
      expect(answer.stop).toBe("refusal");
    });

    test.each([401, 403, 429, 500, 503, 529])("the provider's %d", async (status) => {
      const error = await run({ model: scenario(`error-${status}`), text: "hi" }).catch(
        (thrown: unknown) => thrown,
      );
      const refusal = client.refusal(error);
      expect(refusal.status).toBe(expectedStatus(status, client.name, provider));
      expect(refusal.type).toBeTruthy();
      expect(refusal.message).not.toBe("");
    });

    test("the pause that a provider asks for", async () => {
      const error = await run({ model: scenario("rate-limit-9"), text: "hi" }).catch(
        (thrown: unknown) => thrown,
      );
      expect(client.refusal(error)).toMatchObject({ status: 429, retryAfter: "9" });
    });

    test("an unknown model of the provider", async () => {
      const error = await run({ model: `${provider}/nonesuch`, text: "hi" }).catch(
        (thrown: unknown) => thrown,
      );
      expect(client.refusal(error)).toMatchObject({ status: 404 });
      expect(client.refusal(error).message).toContain("nonesuch");
    });
  });

  test("text arrives while the provider is still writing", async () => {
    const pieces: number[] = [];
    const start = performance.now();
    await client.stream({ model: scenario("paced-20"), text: "hi" }, () =>
      pieces.push(performance.now() - start),
    );
    expect(pieces.length).toBeGreaterThan(20);
    const [first = 0, last = 0] = [pieces[0], pieces.at(-1)];
    expect(last - first).toBeGreaterThan(500);
  });

  test.each(["cut-4", "end-early-4", "stream-error-4"])("a stream that fails: %s", async (name) => {
    await expect(
      client.stream({ model: scenario(name), text: "one two three four five six" }),
    ).rejects.toThrow();
  });

  test("a client that leaves takes the provider's request with it", async () => {
    stage[provider].forget();
    const stop = new AbortController();
    const stream = client.stream({ model: scenario("stall-3"), text: "a b c d e", signal: stop.signal });
    const stopped = expect(stream).rejects.toThrow();
    const request = await stage[provider].waitForRequest((candidate) => candidate.method === "POST");
    await new Promise((resume) => setTimeout(resume, 200));
    const left = performance.now();
    stop.abort();
    await stopped;
    expect(await request.outcome).toBe("client-gone");
    expect(performance.now() - left).toBeLessThan(2000);
  });

  test("a client that leaves before the first byte, too", async () => {
    stage[provider].forget();
    const stop = new AbortController();
    const stopped = expect(
      client.ask({ model: scenario("slow-60000"), text: "hi", signal: stop.signal }),
    ).rejects.toThrow();
    const request = await stage[provider].waitForRequest((candidate) => candidate.method === "POST");
    stop.abort();
    await stopped;
    expect(await request.outcome).toBe("client-gone");
  });
});

describe("stop sequences", () => {
  test.each(pairs.filter(({ clientName }) => clientName !== "responses"))(
    "$clientName client, $provider provider",
    async ({ model, client }) => {
      const answer = await client({ url: stage.gateway.url }).ask({
        model,
        text: "go STOP here",
        stop: ["STOP"],
      });
      expect(answer.text.trim()).toBe("Echo: go");
      expect(answer.stop).toBe("end");
    },
  );
});

describe("pairs that are not served yet", () => {
  test.each(unservedPairs)("$clientName client, $provider provider", async ({ model, client: make }) => {
    const client = make({ url: stage.gateway.url });
    const error = await client.ask({ model, text: "hi" }).catch((thrown: unknown) => thrown);
    expect(client.refusal(error)).toMatchObject({ status: 501 });
    expect(client.refusal(error).message).not.toBe("");
  });
});

/** Between two APIs, "overloaded" takes the status that the client's API has for it. */
function expectedStatus(status: number, client: Client["name"], provider: Pair["provider"]): number {
  if (status !== 503 && status !== 529) return status;
  if ((client === "messages") === (provider === "anthropic")) return status;
  return client === "messages" ? 529 : 503;
}
