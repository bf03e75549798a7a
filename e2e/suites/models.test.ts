import Anthropic from "@anthropic-ai/sdk";
import { defaultModels } from "@plano/testkit";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { messagesClient } from "../support/clients/messages.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { isInContainer } from "../support/mode.ts";
import { post as rawPost, sendRaw } from "../support/raw-http.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
let exact: Gateway;
beforeAll(async () => {
  stage = await setStage({
    model_aliases: {
      fast: { target: "openai/gpt-4o-mini" },
      careful: { target: "anthropic/claude-opus-4-1" },
    },
  });
  exact = await startGateway({
    config: {
      model_providers: [
        {
          name: "main",
          model: "openai/gpt-4o",
          base_url: stage.openai.url,
          access_key: "$OPENAI_API_KEY",
          default: true,
        },
        {
          name: "own-key",
          model: "anthropic/claude-haiku-4-5",
          base_url: stage.anthropic.url,
          passthrough_auth: true,
        },
        {
          name: "wrong-key",
          model: "openai/gpt-4.1",
          base_url: stage.openai.url,
          access_key: "sk-not-the-key",
        },
        {
          name: "headers",
          model: "openai/gpt-5",
          base_url: stage.openai.url,
          access_key: "$OPENAI_API_KEY",
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the data plane fills it in.
          headers: { "X-Team": "research", "X-Secret": "${TEAM_SECRET}" },
        },
      ],
    },
    environment: { OPENAI_API_KEY: stage.openai.key, TEAM_SECRET: "s3cret-of-the-team" },
  });
});
afterAll(async () => {
  await exact?.stop();
  await stage?.strike();
});

describe("names", () => {
  test.each([
    ["an alias of the other API", "careful", "claude-opus-4-1", "anthropic"],
    ["an alias of the same API", "fast", "gpt-4o-mini", "openai"],
    ["a provider's wildcard", "openai/gpt-4o", "gpt-4o", "openai"],
  ] as const)("%s", async (_, model, sent, provider) => {
    await chatClient({ url: stage.gateway.url }).ask({ model, text: "hi" });
    expect(stage[provider].lastRequest().json).toMatchObject({ model: sent });
  });

  test("a bare model name, a full name and a provider's name find the same model", async () => {
    for (const model of ["gpt-4o", "openai/gpt-4o", "main"]) {
      const answer = await chatClient({ url: exact.url }).ask({ model, text: model });
      expect(answer.text).toBe(`Echo: ${model}`);
      expect(stage.openai.lastRequest().json).toMatchObject({ model: "gpt-4o" });
    }
  });

  test("an unknown name is refused in the client's own shape, for a wildcard too", async () => {
    const chat = chatClient({ url: stage.gateway.url });
    const chatRefusal = chat.refusal(
      await chat.ask({ model: "nonesuch", text: "hi" }).catch((error: unknown) => error),
    );
    expect(chatRefusal.status).toBeGreaterThanOrEqual(400);
    expect(chatRefusal.status).toBeLessThan(500);
    expect(chatRefusal).toMatchObject({ type: "invalid_request_error" });
    const messages = messagesClient({ url: stage.gateway.url });
    const error = await messages.ask({ model: "nonesuch", text: "hi" }).catch((thrown: unknown) => thrown);
    expect(messages.refusal(error).type).toMatch(/not_found_error|invalid_request_error/);
  });

  test("no model at all goes to the default", async () => {
    const reply = await fetch(`${exact.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: "hi" }] }),
    });
    expect(reply.status).toBe(200);
    expect(stage.openai.lastRequest().json).toMatchObject({ model: "gpt-4o" });
  });

  test("no model and no default is a 400", async () => {
    const reply = await fetch(`${stage.gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ max_tokens: 5, messages: [{ role: "user", content: "hi" }] }),
    });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ type: "error", error: { type: "invalid_request_error" } });
  });
});

describe("credentials", () => {
  test("the client's key goes through only where the config says so", async () => {
    const theirs = messagesClient({ url: exact.url, key: stage.anthropic.key });
    const answer = await theirs.ask({ model: "claude-haiku-4-5", text: "mine" });
    expect(answer.text).toBe("Echo: mine");
    const ours = chatClient({ url: exact.url, key: "sk-of-the-client" });
    await ours.ask({ model: "gpt-4o", text: "yours" });
    expect(JSON.stringify(stage.openai.lastRequest().rawHeaders)).not.toContain("sk-of-the-client");
  });

  test("a missing client key is a 401 in the client's shape", async () => {
    const reply = await fetch(`${exact.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "claude-haiku-4-5",
        max_tokens: 5,
        messages: [{ role: "user", content: "hi" }],
      }),
    });
    expect(reply.status).toBe(401);
    expect(await reply.json()).toMatchObject({ type: "error", error: { type: "authentication_error" } });
  });

  test("a key that the provider refuses comes back as its 401", async () => {
    const client = chatClient({ url: exact.url });
    const error = await client.ask({ model: "gpt-4.1", text: "hi" }).catch((thrown: unknown) => thrown);
    expect(client.refusal(error)).toMatchObject({ status: 401 });
  });

  test("headers of a provider are sent, with their references filled in", async () => {
    await chatClient({ url: exact.url }).ask({ model: "gpt-5", text: "hi" });
    const { headers } = stage.openai.lastRequest();
    expect(headers["x-team"]).toBe("research");
    expect(headers["x-secret"]).toBe("s3cret-of-the-team");
  });

  test("private headers of a client are not passed on", async () => {
    const client = chatClient({
      url: stage.gateway.url,
      headers: { "x-arch-secret": "1", "x-plano-secret": "2", "x-api-key": "sk-3" },
    });
    await client.ask({ model: "openai/gpt-4o", text: "hi" });
    expect(stage.openai.lastRequest().rawHeaders.map((name) => name.toLowerCase())).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^x-(arch|plano)-secret$|^x-api-key$/)]),
    );
  });

  test("no key is ever logged", async () => {
    const log = await exact.log();
    for (const secret of [stage.openai.key, stage.anthropic.key, "sk-not-the-key", "s3cret-of-the-team"]) {
      expect(log).not.toContain(secret);
    }
  });
});

describe("lists", () => {
  test("models in the OpenAI shape, wildcards asked for theirs", async () => {
    const sdk = new OpenAI({ apiKey: "unused", baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
    const ids: string[] = [];
    for await (const model of sdk.models.list()) ids.push(model.id);
    for (const id of defaultModels("openai")) expect(ids).toContain(`openai/${id}`);
    for (const id of defaultModels("anthropic")) expect(ids).toContain(`anthropic/${id}`);
    expect(await sdk.models.retrieve("openai/gpt-4o")).toMatchObject({
      id: "openai/gpt-4o",
      object: "model",
    });
  });

  test("models in the Anthropic shape", async () => {
    const sdk = new Anthropic({ apiKey: "unused", baseURL: exact.url, maxRetries: 0 });
    const ids: string[] = [];
    for await (const model of sdk.models.list()) {
      expect(model.type).toBe("model");
      ids.push(model.id);
    }
    expect(ids.length).toBeGreaterThanOrEqual(4);
  });

  test("an unknown model is a 404", async () => {
    const reply = await fetch(`${exact.url}/v1/models/nonesuch`);
    expect(reply.status).toBe(404);
    expect(await reply.json()).toMatchObject({ error: { code: "model_not_found" } });
  });

  test("token counts", async () => {
    const sdk = new Anthropic({ apiKey: "unused", baseURL: stage.gateway.url, maxRetries: 0 });
    const count = await sdk.messages.countTokens({
      model: "anthropic/claude-sonnet-4-5",
      messages: [{ role: "user", content: "hello" }],
    });
    expect(count.input_tokens).toBeGreaterThan(0);
    expect(stage.anthropic.lastRequest().path).toBe("/v1/messages/count_tokens");
  });
});

describe("paths", () => {
  test("health and methods that clients probe with", async () => {
    expect((await fetch(`${stage.gateway.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${stage.gateway.url}/v1/models`, { method: "HEAD" })).status).toBe(200);
    expect((await fetch(`${stage.gateway.url}/v1/chat/completions`, { method: "OPTIONS" })).ok).toBe(true);
  });

  const questions = {
    "/v1/messages": { max_tokens: 9, messages: [{ role: "user", content: "hi" }] },
    "/v1/chat/completions": { messages: [{ role: "user", content: "hi" }] },
    "/v1/responses": { input: "hi" },
  };

  function post(path: string, model: string, headers: Readonly<Record<string, string>> = {}) {
    const question = questions[path.split("?")[0] as keyof typeof questions];
    return fetch(stage.gateway.url + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ model, ...question }),
    });
  }

  test.each([
    ["/v1/messages", "anthropic", "claude-sonnet-4-5"],
    ["/v1/chat/completions", "openai", "gpt-4o"],
    ["/v1/responses", "openai", "gpt-4o"],
  ] as const)(
    "the query of %s stays apart from the path and reaches the same API",
    async (path, provider, model) => {
      const reply = await post(`${path}?beta=true&tag=a%2Fb`, `${provider}/${model}`);
      expect(reply.status).toBe(200);
      const request = stage[provider].lastRequest();
      expect(request.path).toBe(path);
      expect([...request.query]).toEqual([
        ["beta", "true"],
        ["tag", "a/b"],
      ]);
    },
  );

  test("a query that is meant for one API does not reach another", async () => {
    expect((await post("/v1/messages?beta=true", "openai/gpt-4o")).status).toBe(200);
    expect(stage.openai.lastRequest().query.size).toBe(0);
  });

  test.each(Object.keys(questions))(
    "%s refuses pages of other sites and other content types",
    async (path) => {
      const before = stage.openai.requests.length;
      const crossSite = await post(path, "openai/gpt-4o", { "sec-fetch-site": "cross-site" });
      expect(crossSite.status).toBe(403);
      expect(await crossSite.json()).toHaveProperty("error.type");
      const form = await post(path, "openai/gpt-4o", { "content-type": "text/plain" });
      expect(form.status).toBe(400);
      expect(await form.json()).toMatchObject({ error: { message: expect.stringContaining("text/plain") } });
      expect(stage.openai.requests).toHaveLength(before);
      for (const site of ["same-origin", "same-site", "none"]) {
        expect((await post(path, "openai/gpt-4o", { "sec-fetch-site": site })).status).toBe(200);
      }
    },
  );

  describe.skipIf(isInContainer)("a page whose name was given this machine's address", () => {
    const headOf = (host: string, origin: string) => [`host: ${host}`, `origin: ${origin}`];
    const ask = (path: keyof typeof questions, head: readonly string[]) => {
      const body = JSON.stringify({ model: "openai/gpt-4o", ...questions[path] });
      return sendRaw(stage.gateway.port, rawPost(path, body, head));
    };

    test.each(Object.keys(questions) as (keyof typeof questions)[])("is refused at %s", async (path) => {
      const before = stage.openai.requests.length;
      for (const head of [
        headOf("evil.example:12000", "http://evil.example:12000"),
        headOf("evil.example", "null"),
      ]) {
        const reply = await ask(path, head);
        expect(reply.status).toBe(403);
        expect(JSON.parse(reply.body)).toMatchObject({
          error: { message: expect.stringContaining("web pages") },
        });
      }
      expect(stage.openai.requests).toHaveLength(before);
    });

    test.each([
      ["a program by a name of its own", ["host: gateway.test"]],
      ["a page of this machine", headOf("localhost:12000", "http://localhost:3000")],
      ["a program that shows pages", headOf("127.0.0.1", "app://notes")],
      ["a container's page", headOf("host.docker.internal", "http://host.docker.internal")],
      ["a page behind a proxy with TLS", headOf("models.example", "https://models.example")],
    ])("is not %s", async (_, head) => {
      const reply = await ask("/v1/chat/completions", head);
      expect(reply.status).toBe(200);
    });

    test("does not get the metrics", async () => {
      const port = Number(new URL(stage.gateway.metricsUrl).port);
      const scrape = (host: string) => sendRaw(port, `GET /metrics HTTP/1.1\r\nhost: ${host}\r\n\r\n`);
      expect((await scrape(`evil.example:${port}`)).status).toBe(403);
      expect((await scrape("127.0.0.1.evil.example")).status).toBe(403);
      for (const host of [`127.0.0.1:${port}`, "[::1]", "localhost", "host.docker.internal:1"])
        expect((await scrape(host)).status, host).toBe(200);
    });
  });

  test("metrics on a port of their own", async () => {
    const reply = await fetch(stage.gateway.metricsUrl);
    expect(reply.status).toBe(200);
    expect(await reply.text()).toMatch(/^# (HELP|TYPE) /m);
    expect((await fetch(`${stage.gateway.url}/metrics`)).status).toBe(404);
  });
});

test("unknown fields, key order and spelling reach a provider of the same API untouched", async () => {
  const body =
    '{ "zeta" : 1.50, "model":"openai/gpt-4o",\n "messages":[{"role":"user","content":"caf\\u00e9"}], "alpha":{"b":[1,2 ],"a":null} }';
  const reply = await fetch(`${stage.gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  // The stand-in refuses the unknown fields; what counts is that they arrived.
  expect(reply.status).toBe(400);
  expect(stage.openai.lastRequest().body.toString()).toBe(body.replace("openai/gpt-4o", "gpt-4o"));
});

test("a wildcard provider is asked for its list once, not for every client", async () => {
  stage.openai.forget();
  for (let round = 0; round < 3; round += 1) await fetch(`${stage.gateway.url}/v1/models`);
  const asked = stage.openai.requests.filter((request) => request.path === "/v1/models");
  expect(asked.length).toBeLessThanOrEqual(1);
});

describe("conversation state", () => {
  const follow = (model: string) =>
    fetch(`${stage.gateway.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, input: "and then?", previous_response_id: "resp_before" }),
    });

  test("a previous response is the provider's to know, where it speaks Responses", async () => {
    const reply = await follow("openai/gpt-4o");
    expect(reply.status).toBe(200);
    expect(stage.openai.lastRequest().json).toMatchObject({ previous_response_id: "resp_before" });
  });

  test("elsewhere it is a 400 that says what to do", async () => {
    const before = stage.anthropic.requests.length;
    const reply = await follow("anthropic/claude-sonnet-4-5");
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({
      error: {
        param: "previous_response_id",
        message: expect.stringContaining("send the whole input instead"),
      },
    });
    expect(stage.anthropic.requests).toHaveLength(before);
  });
});
