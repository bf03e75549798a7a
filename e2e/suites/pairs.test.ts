import type { Provider } from "@plano/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client, Question } from "../support/clients/client.ts";
import { type FullStage, setFullStage } from "../support/full-stage.ts";
import { expectedStatus, pairs, sayCallSingly } from "../support/pairs.ts";
import { providerCases, upstreamPath } from "../support/provider-cases.ts";
import { pixel, unicode, weather } from "../support/questions.ts";

let stage: FullStage;
beforeAll(async () => {
  stage = await setFullStage();
});
afterAll(() => stage?.strike());

describe.each(pairs)("$clientName client, $providerId provider", (pair) => {
  const { clientName, provider, client: make } = pair;
  const { cannot } = provider;
  let client: Client;
  let standIn: Provider;
  beforeAll(() => {
    client = make({ url: stage.gateway.url });
    standIn = stage.standIns[provider.id];
  });
  const model = `${provider.id}/${provider.model}`;
  // Older Gemini models give calls no id, and between the same APIs nothing is added.
  const namesNoCalls = provider.id === "gemini" && clientName === "generate_content";
  const scenario = (name: string) => `${provider.id}/${provider.family}scenario-${name}`;

  describe.each(["ask", "stream"] as const)("%s", (way) => {
    const run = (question: Question, onText?: (piece: string) => void) =>
      way === "ask" ? client.ask(question) : client.stream(question, onText);
    const fail = async (question: Question) =>
      client.refusal(await run(question).catch((thrown: unknown) => thrown));

    test("text", async () => {
      const answer = await run({ model, text: "hello there" });
      expect(answer.text).toBe("Echo: hello there");
      expect(answer.stop).toBe("end");
      expect(answer.usage.output).toBe(3);
      expect(answer.usage.input).toBeGreaterThan(0);
    });

    test("the provider gets its own model name and its own key, at its own path", async () => {
      await run({ model, text: "whose key" });
      const request = standIn.lastRequest();
      // What a backend takes only as a stream, it gets as a stream.
      const streams = way === "stream" || provider.id === "chatgpt";
      expect(request.path).toMatch(upstreamPath(provider, clientName, provider.model, streams));
      if (!request.path.includes(provider.model.slice(0, 8))) {
        expect(request.json).toMatchObject({ model: provider.model });
      }
      const [header, value] = provider.keyHeader(standIn.key);
      for (const name of ["authorization", "x-api-key", "x-goog-api-key"]) {
        expect(request.headers[name]).toBe(name === header ? value : undefined);
      }
      expect(request.query.get("key")).toBeNull();
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
      expect(JSON.stringify(standIn.lastRequest().json)).toContain("Be brief.");
    });

    test("a tool call", async () => {
      const answer = await run({ model, tools: [weather], text: 'get_weather {"city":"Zürich"}' });
      expect(answer.stop).toBe("tools");
      expect(answer.toolCalls).toMatchObject([{ name: "get_weather", arguments: { city: "Zürich" } }]);
      if (!namesNoCalls) expect(answer.toolCalls[0]?.id).toBeTruthy();
    });

    test("parallel tool calls", async () => {
      const answer = await run({ model: scenario("tool-parallel-3"), tools: [weather], text: "go" });
      expect(answer.toolCalls.map((call) => call.arguments)).toEqual([
        { city: "Zürich", note: 'call 1 of "3"' },
        { city: "東京", note: 'call 2 of "3"' },
        { city: "São Paulo", note: 'call 3 of "3"' },
      ]);
      if (!namesNoCalls) expect(new Set(answer.toolCalls.map((call) => call.id)).size).toBe(3);
      expect(answer.stop).toBe("tools");
    });

    test("parallel tool calls, answered", async () => {
      const question = { model: scenario("tool-parallel-3"), tools: [weather], text: "go" };
      const answer = await run(question);
      const next = await run({ ...question, after: { answer, results: ["one", "two", "three"] } });
      expect(next.text).toBe("Tool results: one; two; three");
      expect(next.stop).toBe("end");
    });

    test("text before a tool call", async () => {
      const answer = await run({ model: scenario("tool-text"), tools: [weather], text: "go" });
      // What a provider calls a plan, others call reasoning.
      expect(answer.text + answer.reasoning).toBe("I will look that up.");
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
      const isSingle = sayCallSingly.has(clientName) && !cannot.has("call singly");
      expect(answer.toolCalls).toHaveLength(isSingle ? 1 : 2);
    });

    test("a forced tool that the text does not name", async () => {
      const answer = await run({ model, tools: [weather], toolChoice: "required", text: "go" });
      expect(answer.toolCalls).toMatchObject([{ name: "get_weather", arguments: { city: "go" } }]);
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
      const answer = await run({
        model: `${provider.id}/${provider.visionModel}`,
        text: "what is this",
        images: [pixel],
      });
      expect(answer.text).toBe("Echo: what is this [images: 1]");
    });

    test("structured output", async () => {
      const answer = await run({
        model,
        text: "hi",
        schema: {
          type: "object",
          properties: { word: { type: "string" }, count: { type: "integer" } },
          required: ["word", "count"],
          additionalProperties: false,
        },
      });
      expect(JSON.parse(answer.text)).toEqual({ word: "hi", count: 1 });
      expect(answer.toolCalls).toEqual([]);
      expect(answer.stop).toBe("end");
    });

    test.skipIf(cannot.has("limit tokens"))("the token limit", async () => {
      const answer = await run({ model: scenario("long-100"), text: "go", maxTokens: 20 });
      expect(answer.stop).toBe("length");
      expect(answer.text.split(" ")).toHaveLength(20);
    });

    test.skipIf(cannot.has("stop at text") || clientName === "responses")("a stop sequence", async () => {
      const answer = await run({ model, text: "go STOP here", stop: ["STOP"] });
      expect(answer.text.trim()).toBe("Echo: go");
      expect(answer.stop).toBe("end");
    });

    test("cached tokens", async () => {
      const { usage } = await run({ model: scenario("cached"), text: "hi" });
      expect(usage).toMatchObject({ input: 1200, cached: 1000, output: 2 });
    });

    test.skipIf(cannot.has("refuse"))("a refusal", async () => {
      const answer = await run({ model: scenario("refusal"), text: "hi" });
      expect(answer.stop).toBe("refusal");
    });

    test.skipIf(cannot.has("refuse"))("a prompt that is blocked", async () => {
      const answer = await run({ model: scenario("blocked"), text: "hi" });
      expect(answer).toMatchObject({ stop: "refusal", text: "" });
    });

    const statuses = provider.id === "anthropic" ? [401, 403, 429, 500, 529] : [401, 403, 429, 500, 503];
    test.each(statuses)("the provider's %d", async (status) => {
      const refusal = await fail({ model: scenario(`error-${status}`), text: "hi" });
      expect(refusal.status).toBe(expectedStatus(status, pair));
      expect(refusal.type).toBeTruthy();
      expect(refusal.message).not.toBe("");
    });

    test("a page instead of an error", async () => {
      const refusal = await fail({ model: scenario("error-html-502"), text: "hi" });
      // The Converse API has 424 for a model that fails.
      if (clientName === "converse" && !provider.apis.includes("converse")) {
        expect(refusal.status).toBe(424);
      } else {
        expect(refusal.status).toBeGreaterThanOrEqual(500);
      }
    });

    test("the pause that a provider asks for", async () => {
      const refusal = await fail({ model: scenario("rate-limit-9"), text: "hi" });
      expect(refusal).toMatchObject({ status: 429, retryAfter: "9" });
    });

    test("an unknown model of the provider", async () => {
      const refusal = await fail({ model: `${provider.id}/nonesuch`, text: "hi" });
      expect(refusal.status).toBe(provider.unknownModelStatus);
    });

    test.runIf(["anthropic", "gemini", "amazon_bedrock"].includes(provider.id))(
      "the fault that a provider finds with a request",
      async () => {
        const refusal = await fail({ model, text: "hi", tools: [weather, weather] });
        expect(refusal.status).toBe(400);
        expect(refusal.message).toMatch(/unique|Duplicate/);
      },
    );
  });

  test("some megabytes, there and back", async () => {
    const text = `${"w".repeat(3999)} `.repeat(1500).trimEnd();
    const answer = await client.ask({ model, text });
    expect(answer.text.length).toBe(`Echo: ${text}`.length);
    expect(answer.text.endsWith(text)).toBe(true);
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
    standIn.forget();
    const stop = new AbortController();
    const stream = client.stream({ model: scenario("stall-3"), text: "a b c d e", signal: stop.signal });
    const stopped = expect(stream).rejects.toThrow();
    const request = await standIn.waitForRequest((candidate) => candidate.method === "POST");
    await new Promise((resume) => setTimeout(resume, 200));
    const left = performance.now();
    stop.abort();
    await stopped;
    expect(await request.outcome).toBe("client-gone");
    expect(performance.now() - left).toBeLessThan(10_000);
  });

  test("a client that leaves before the first byte, too", async () => {
    standIn.forget();
    const stop = new AbortController();
    const stopped = expect(
      client.ask({ model: scenario("slow-60000"), text: "hi", signal: stop.signal }),
    ).rejects.toThrow();
    const request = await standIn.waitForRequest((candidate) => candidate.method === "POST");
    stop.abort();
    await stopped;
    expect(await request.outcome).toBe("client-gone");
  });
});

describe.each(providerCases)("the counters of $id", ({ id }) => {
  test("hold the tokens of every client API", async () => {
    const text = await (await fetch(stage.gateway.metricsUrl)).text();
    const served = text
      .split("\n")
      .filter((line) => line.startsWith("plano_tokens_total{") && line.includes(`provider="${id}/*"`))
      .filter((line) => line.includes('type="cache_read"'))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
    // A thousand for each cached case: six client APIs, buffered and streamed.
    expect(served).toBe(12_000);
  });
});
