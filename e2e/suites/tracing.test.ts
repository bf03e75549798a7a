import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createCertificates, type Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createClaudeStandIn } from "../support/agents/claude-cli.ts";
import { chatClient } from "../support/clients/chat.ts";
import { messagesClient } from "../support/clients/messages.ts";
import { type Collector, type ReceivedSpan, startCollector } from "../support/collector.ts";
import { afterChange } from "../support/config-state.ts";
import { freePort } from "../support/free-port.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { isBehindEnvoy } from "../support/mode.ts";
import { startProvider } from "../support/provider.ts";

const patience = { timeout: 15_000, interval: 50 };
const kinds = { server: 2, client: 3 };

let provider: Provider;
let collector: Collector;
let gateway: Gateway;

beforeAll(async () => {
  provider = await startProvider({ service: "openai" });
});
afterAll(() => provider.close());
afterEach(async () => {
  await gateway?.stop();
  collector?.close();
});

interface Settings {
  readonly tracing?: object;
  readonly collector?: Collector;
  readonly overrides?: object;
  readonly files?: Readonly<Record<string, string>>;
  /** Entries besides the stand-in's. */
  readonly providers?: readonly object[];
  readonly environment?: Readonly<Record<string, string>>;
}

async function start(settings: Settings = {}): Promise<void> {
  const { overrides, files = {}, providers = [], environment = {} } = settings;
  collector = settings.collector ?? (await startCollector());
  const entry = { model: "openai/*", base_url: provider.url, access_key: "$OPENAI_API_KEY" };
  gateway = await prepareGateway({
    config: {
      model_providers: [entry, ...providers],
      tracing: settings.tracing ?? { random_sampling: 100, opentracing_grpc_endpoint: "$COLLECTOR" },
      ...(overrides ? { overrides } : {}),
    },
    environment: { OPENAI_API_KEY: provider.key, COLLECTOR: collector.url, ...environment },
  });
  for (const [name, content] of Object.entries(files)) await writeFile(join(gateway.folder, name), content);
  const up = await gateway.planoai("up", "config.yaml");
  expect(up.exitCode, up.output).toBe(0);
}

const client = (headers: Record<string, string> = {}) => chatClient({ url: gateway.url, headers });
const ask = (headers: Record<string, string> = {}, model = "openai/gpt-4o") =>
  client(headers).ask({ model, text: "a secret question" });

/** Waits for so many spans of a service. */
async function spansOf(service: string, count: number): Promise<ReceivedSpan[]> {
  const found = () => collector.spans.filter((span) => span.service === service);
  await expect.poll(() => found().length, patience).toBeGreaterThanOrEqual(count);
  expect(found()).toHaveLength(count);
  return found();
}

/** The two spans of the one call that was made. */
async function spansOfCall(): Promise<{ inbound: ReceivedSpan; model: ReceivedSpan }> {
  const [model] = await spansOf("plano(llm)", 1);
  const [inbound] = await spansOf("plano(inbound)", 1);
  if (!inbound || !model) throw new Error("there is a span of each");
  expect(inbound.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(model.traceId).toBe(inbound.traceId);
  expect(model.parentSpanId).toBe(inbound.spanId);
  expect(inbound.start).toBeLessThanOrEqual(model.start);
  expect(model.end).toBeLessThanOrEqual(inbound.end);
  return { inbound, model };
}

async function metric(outcome: string): Promise<number> {
  const text = await (await fetch(gateway.metricsUrl)).text();
  const line = text
    .split("\n")
    .find((sample) => sample.startsWith(`plano_spans_total{outcome="${outcome}"}`));
  return Number(line?.split(" ").at(-1));
}

const trace = "0af7651916cd43dd8448eb211c80319c";
const parent = "b7ad6b7169203331";
const sampled = { traceparent: `00-${trace}-${parent}-01` };

async function rewrite(tracing: object): Promise<void> {
  const path = join(gateway.folder, "config.yaml");
  const written = JSON.parse(await readFile(path, "utf8")) as object;
  await writeFile(path, JSON.stringify({ ...written, tracing }));
}

describe.runIf(!isBehindEnvoy)("brightstaff alone", () => {
  test("tells of a call: the request as it came, and the provider's part of it", async () => {
    await start();
    await ask({ "x-request-id": "req-1" }, "openai/scenario-cached");
    const { inbound, model } = await spansOfCall();
    expect(inbound).toMatchObject({
      name: "POST /v1/chat/completions",
      kind: kinds.server,
      parentSpanId: "",
      status: undefined,
      attributes: {
        "http.method": "POST",
        "http.target": "/v1/chat/completions",
        "http.status_code": 200,
        "guid:x-request-id": "req-1",
        "plano.outcome": "completed",
      },
    });
    expect(model).toMatchObject({
      name: "POST /v1/chat/completions openai/scenario-cached -> scenario-cached",
      kind: kinds.client,
      status: undefined,
      events: ["llm.time_to_first_token"],
    });
    expect(model.attributes).toEqual({
      "llm.model": "scenario-cached",
      "llm.provider": "openai",
      "llm.is_streaming": false,
      "model.requested": "openai/scenario-cached",
      "llm.time_to_first_token": expect.any(Number),
      "llm.duration_ms": expect.any(Number),
      "llm.usage.prompt_tokens": 1200,
      "llm.usage.completion_tokens": expect.any(Number),
      "llm.usage.total_tokens": expect.any(Number),
      "llm.usage.cached_input_tokens": 1000,
      "http.status_code": 200,
      "guid:x-request-id": "req-1",
      "plano.outcome": "completed",
    });
    expect(provider.lastRequest().headers.traceparent).toBe(`00-${model.traceId}-${model.spanId}-01`);
    await expect.poll(() => metric("exported"), patience).toBe(2);
  });

  test.each([
    ["passed on", () => client()],
    ["translated", () => messagesClient({ url: gateway.url })],
  ])("times a stream that is %s", async (_, of) => {
    await start();
    await of().stream({ model: "openai/scenario-paced-10", text: "hi" });
    const { model } = await spansOfCall();
    expect(model.attributes["llm.is_streaming"]).toBe(true);
    const { "llm.time_to_first_token": first, "llm.duration_ms": duration } = model.attributes;
    expect(Number(duration)).toBeGreaterThan(400);
    expect(Number(first)).toBeLessThan(Number(duration) - 300);
    expect(model.end - model.start).toBeGreaterThan(400);
  });

  test("goes on in the client's trace, and tells nothing of one that is not kept", async () => {
    await start();
    await ask({ traceparent: `00-${trace}-${parent}-00` });
    expect(provider.lastRequest().headers.traceparent).toBe(`00-${trace}-${parent}-00`);
    await ask({ ...sampled, tracestate: "vendor=1" });
    const { inbound, model } = await spansOfCall();
    expect(inbound).toMatchObject({ traceId: trace, parentSpanId: parent });
    const { headers } = provider.lastRequest();
    expect(headers.traceparent).toBe(`00-${trace}-${model.spanId}-01`);
    expect(headers.tracestate).toBe("vendor=1");
  });

  test("where no share is traced, follows clients that trace if a collector is named", async () => {
    const fixed = { team: "platform", "http.method": "not this" };
    const named = { opentracing_grpc_endpoint: "$COLLECTOR", span_attributes: { static: fixed } };
    await start({ tracing: { random_sampling: 0, ...named } });
    await ask();
    expect(provider.lastRequest().headers.traceparent).toBeUndefined();
    await ask(sampled);
    const { inbound, model } = await spansOfCall();
    expect(inbound.traceId).toBe(trace);
    expect(inbound.attributes).toMatchObject({ team: "platform", "http.method": "POST" });
    expect(model.attributes.team).toBe("platform");
  });

  test("a provider's refusal is an error of its part", async () => {
    await start();
    await expect(ask({}, "openai/scenario-error-429")).rejects.toThrow();
    const { inbound, model } = await spansOfCall();
    expect(inbound.status).toBeUndefined();
    expect(inbound.attributes["http.status_code"]).toBe(429);
    expect(model.status).toEqual({ code: 2, message: "the provider answered 429 Too Many Requests" });
    expect(model.attributes).toMatchObject({
      "http.status_code": 429,
      "error.message": "the provider answered 429 Too Many Requests",
    });
  });

  test("a provider that cannot be reached is an error of both", async () => {
    await start();
    await rewrite({ random_sampling: 100, opentracing_grpc_endpoint: "$COLLECTOR" });
    const nobody = `http://127.0.0.1:${await freePort()}`;
    const path = join(gateway.folder, "config.yaml");
    const written = JSON.parse(await readFile(path, "utf8")) as object;
    const entry = { model: "openai/*", base_url: nobody, access_key: "$OPENAI_API_KEY" };
    await afterChange(gateway, () =>
      writeFile(path, JSON.stringify({ ...written, model_providers: [entry] })),
    );
    await expect(ask()).rejects.toThrow();
    const { inbound, model } = await spansOfCall();
    for (const span of [inbound, model]) {
      expect(span.status).toMatchObject({ code: 2, message: expect.stringContaining("refused") });
      expect(span.attributes["error.message"]).toContain("refused");
      expect(span.attributes["plano.outcome"]).toBe("upstream_failed");
    }
    expect(inbound.attributes["http.status_code"]).toBe(502);
  });

  test("a call that the gateway refuses has no provider's part", async () => {
    await start();
    await expect(ask({}, "nobody-knows-me")).rejects.toThrow();
    const [inbound] = await spansOf("plano(inbound)", 1);
    expect(inbound?.attributes).toMatchObject({ "plano.outcome": "local" });
    expect(inbound?.attributes["error.message"]).toContain("nobody-knows-me");
    expect(await spansOf("plano(llm)", 0)).toEqual([]);
  });

  test("a call that its client cuts is told as such", async () => {
    await start();
    const leave = new AbortController();
    const stream = client().stream(
      { model: "openai/scenario-stall-4", text: "one two three", signal: leave.signal },
      () => leave.abort(),
    );
    await expect(stream).rejects.toThrow();
    const { inbound, model } = await spansOfCall();
    for (const span of [inbound, model]) {
      expect(span.attributes["plano.outcome"]).toBe("client_gone");
      expect(span.attributes["error.message"]).toBe("the client left before the end");
      expect(span.status).toBeUndefined();
    }
  });

  test("no key, no query and nothing of a body is told", async () => {
    await start();
    const answer = await fetch(`${gateway.url}/v1/chat/completions?key=sk-in-a-query`, {
      method: "POST",
      headers: { authorization: "Bearer sk-of-the-client", "content-type": "application/json" },
      body: JSON.stringify({ model: "openai/gpt-4o", messages: [{ role: "user", content: "a question" }] }),
    });
    expect(await answer.text()).toContain("a question");
    await spansOfCall();
    const told = Buffer.concat(collector.received).toString("latin1");
    for (const secret of ["sk-in-a-query", "sk-of-the-client", provider.key, "a question"]) {
      expect(told).not.toContain(secret);
    }
  });

  test("another collector and another share hold from the change on", async () => {
    await start();
    await ask();
    await spansOfCall();
    const other = await startCollector();
    try {
      await afterChange(gateway, () =>
        rewrite({ random_sampling: 100, opentracing_grpc_endpoint: other.url }),
      );
      await ask();
      await expect.poll(() => other.spans.length, patience).toBe(2);
      await afterChange(gateway, () => rewrite({ random_sampling: 0 }));
      await ask(sampled);
      expect(provider.lastRequest().headers.traceparent).toBe(sampled.traceparent);
    } finally {
      other.close();
    }
    expect(collector.spans).toHaveLength(2);
  });

  test("what has not been sent when the gateway stops is sent then", async () => {
    await start();
    await ask();
    const began = performance.now();
    await gateway.planoai("down");
    expect(performance.now() - began).toBeLessThan(5000);
    await spansOfCall();
  });

  test("a collector that is not there costs no call and one line, and is found when it comes", async () => {
    const port = await freePort();
    collector = await startCollector({ port });
    collector.close();
    await start({ collector });
    for (let round = 0; round < 5; round += 1) await ask();
    await expect.poll(() => metric("failed"), patience).toBeGreaterThan(0);
    for (let round = 0; round < 5; round += 1) await ask();
    expect(await metric("dropped")).toBeGreaterThan(0);
    collector = await startCollector({ port });
    await expect
      .poll(
        async () => {
          await ask();
          return collector.spans.length;
        },
        { timeout: 20_000, interval: 250 },
      )
      .toBeGreaterThan(0);
    await expect.poll(() => gateway.log(), patience).toContain("takes spans again");
    const log = await gateway.log();
    expect(log.match(/spans are lost/g)).toHaveLength(1);
  });

  test("a collector that refuses is left alone for a while", async () => {
    await start();
    collector.refuse(true);
    await ask();
    await expect.poll(() => metric("failed"), patience).toBe(2);
    expect(await gateway.log()).toContain("grpc-status 14");
  });
});

test("over TLS spans go to a collector that is trusted", async () => {
  const certificates = createCertificates();
  await start({
    collector: await startCollector({ tls: certificates }),
    overrides: { upstream_tls_ca_path: "authority.pem" },
    files: { "authority.pem": certificates.authority },
  });
  await ask(sampled);
  await expect.poll(() => collector.spans.some(({ traceId }) => traceId === trace), patience).toBe(true);
});

describe.runIf(isBehindEnvoy)("Envoy in front", () => {
  /** The one span, of the one call. */
  async function spanOfCall(): Promise<ReceivedSpan> {
    await expect.poll(() => collector.spans.length, patience).toBe(1);
    return collector.spans[0] as ReceivedSpan;
  }

  test("tells of a call soon, and of no health check", async () => {
    await start();
    for (const headers of [{}, sampled]) await fetch(`${gateway.url}/healthz`, { headers });
    await ask();
    const soon = { timeout: 2000, interval: 50 };
    await expect.poll(() => collector.spans.length, soon).toBe(1);
    await fetch(`${gateway.url}/healthz`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect((await spanOfCall()).name).toBe("POST /v1/chat/completions");
  });

  test("sends its spans where the configuration says, with what the filter knows of the model", async () => {
    await start();
    await ask({}, "openai/scenario-cached");
    const { name, traceId, attributes } = await spanOfCall();
    expect(name).toBe("POST /v1/chat/completions");
    expect(attributes).toMatchObject({
      "http.status_code": "200",
      "llm.model": "scenario-cached",
      "llm.provider": "openai",
      "llm.is_streaming": "false",
      "model.requested": "openai/scenario-cached",
      "llm.time_to_first_token": expect.stringMatching(/^\d+$/),
      "llm.duration_ms": expect.stringMatching(/^\d+$/),
      "llm.usage.prompt_tokens": "1200",
      "llm.usage.cached_input_tokens": "1000",
      "plano.outcome": "completed",
    });
    expect(attributes).not.toHaveProperty("error.message");
    expect(attributes).not.toHaveProperty(["llm.usage.reasoning_tokens"]);
    expect(provider.lastRequest().headers.traceparent).toContain(traceId);
    expect(collector.spans.map(({ service }) => service)).not.toContain("plano(llm)");
  });

  test("tells why a call failed, and no query", async () => {
    await start();
    await expect(ask({}, "nobody/nothing")).rejects.toThrow();
    const { attributes } = await spanOfCall();
    expect(attributes).toMatchObject({
      "http.status_code": "400",
      "error.message": expect.stringContaining("nobody/nothing"),
      "plano.outcome": "local",
    });
    await fetch(`${gateway.url}/v1beta/models?key=a-secret-in-a-query`);
    const models = () => collector.spans.find((span) => span.name === "GET /v1beta/models");
    await expect.poll(models, patience).toBeDefined();
    expect(JSON.stringify(collector.spans)).not.toContain("a-secret-in-a-query");
  });

  test("what it leaves to brightstaff goes on in its trace", async () => {
    const { environment } = await createClaudeStandIn();
    await start({
      providers: [{ model: "claude-cli/*" }],
      environment: { ...environment, PLANO_ACK_LOCAL_AGENTS: "1" },
    });
    await ask(sampled, "claude-cli/sonnet");
    const [model] = await spansOf("plano(llm)", 1);
    const outer = () => collector.spans.find(({ spanId }) => spanId === model?.parentSpanId);
    await expect.poll(outer, patience).toBeDefined();
    expect(outer()).toMatchObject({ traceId: trace, parentSpanId: parent });
    expect(model?.attributes).toMatchObject({ "llm.provider": "claude-cli", "plano.outcome": "completed" });
    expect(await spansOf("plano(inbound)", 0)).toEqual([]);
  });

  test("where no share is traced, follows clients that trace", async () => {
    const named = {
      opentracing_grpc_endpoint: "$COLLECTOR",
      span_attributes: { static: { team: "50 % platform" } },
    };
    await start({ tracing: { random_sampling: 0, ...named } });
    await ask();
    await ask(sampled);
    expect(provider.lastRequest().headers.traceparent).toMatch(new RegExp(`^00-${trace}-.*-01$`));
    await expect.poll(() => collector.spans.length, patience).toBe(1);
    expect(collector.spans[0]).toMatchObject({ traceId: trace, parentSpanId: parent });
    expect(collector.spans[0]?.attributes.team).toBe("50 % platform");
  });
});

test("what is no address of a collector is refused at its place", async () => {
  await start();
  await rewrite({ random_sampling: 1, opentracing_grpc_endpoint: "grpc://localhost:4317" });
  const { exitCode, output } = await gateway.planoai("validate", "config.yaml");
  expect(exitCode).not.toBe(0);
  expect(output).toContain("tracing.opentracing_grpc_endpoint");
});
