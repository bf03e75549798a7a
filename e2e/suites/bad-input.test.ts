import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { mode } from "../support/mode.ts";
import { residentKib } from "../support/processes.ts";
import { post, type RawReply, sendRaw } from "../support/raw-http.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
let pid: number;
beforeAll(async () => {
  stage = await setStage();
  pid = await stage.gateway.pid();
});
afterAll(async () => {
  const survivor = await stage.gateway.pid();
  const answer = await chatClient({ url: stage.gateway.url }).ask({
    model: "openai/gpt-4o",
    text: "still there",
  });
  const log = await stage.gateway.log();
  await stage.strike();
  expect(survivor).toBe(pid);
  expect(answer.text).toBe("Echo: still there");
  expect(log).not.toMatch(/panicked/);
});

const apis = [
  { path: "/v1/chat/completions", shape: "openai" },
  { path: "/v1/messages", shape: "anthropic" },
  { path: "/v1/responses", shape: "openai" },
  { path: "/v1/messages/count_tokens", shape: "anthropic" },
] as const;

const models = { openai: "openai/gpt-4o", anthropic: "anthropic/claude-sonnet-4-5" };

describe.each(apis)("$path", ({ path, shape }) => {
  const model = models[shape];
  // Where the pair is served, a model of the other API, so that the body is read and not only scanned.
  const crossModel = path === "/v1/responses" ? model : models[shape === "openai" ? "anthropic" : "openai"];

  function expectRefusal(reply: RawReply): void {
    expect(reply.status, reply.body).toBeGreaterThanOrEqual(400);
    expect(reply.status, reply.body).toBeLessThan(500);
    const body = JSON.parse(reply.body) as { type?: string; error?: { type?: string; message?: string } };
    expect(body.error?.message).toBeTruthy();
    expect(body.error?.type).toBeTruthy();
    if (shape === "anthropic") expect(body.type).toBe("error");
  }

  const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
  const bodies: readonly (readonly [name: string, body: string | Buffer])[] = [
    ["an empty body", ""],
    ["blanks", "  \n "],
    ["a truncated object", `{"model":"${model}","messages":[{"role":"us`],
    ["a truncated string", `{"model":"${model}`],
    ["not JSON", "hello"],
    ["a number", "42"],
    ["null", "null"],
    ["an array", "[]"],
    ["two objects", `{"model":"${model}"}{"model":"${model}"}`],
    ["garbage after the object", `{"model":"${model}","messages":[]} x`],
    ["a model that is a number", '{"model":7,"messages":[]}'],
    ["a model that is null", '{"model":null,"messages":[]}'],
    ["an empty model", '{"model":"","messages":[]}'],
    ["an unknown model", '{"model":"nonesuch","max_tokens":1,"messages":[{"role":"user","content":"x"}]}'],
    ["a model name with a path in it", '{"model":"../../etc/passwd","messages":[]}'],
    ["a very long model name", `{"model":"${"m".repeat(100_000)}","messages":[]}`],
    [
      "stream that is a string",
      `{"model":"${model}","stream":"yes","messages":[{"role":"user","content":"x"}]}`,
    ],
    ["messages that are a string", `{"model":"${crossModel}","max_tokens":1,"messages":"x","input":7}`],
    ["a message that is a number", `{"model":"${crossModel}","max_tokens":1,"messages":[7],"input":[7]}`],
    ["deep nesting", `{"model":"${model}","messages":${nested(100_000)}}`],
    ["deep nesting to another API", `{"model":"${crossModel}","max_tokens":1,"messages":${nested(100_000)}}`],
    ["deep nesting and no end", `{"model":"${model}","messages":${'[{"a":'.repeat(50_000)}`],
    [
      "bytes that are not UTF-8",
      Buffer.concat([
        Buffer.from(`{"model":"${model}","messages":[{"role":"user","content":"`),
        Buffer.from([0xff, 0xfe, 0xc3, 0x28]),
        Buffer.from('"}]}'),
      ]),
    ],
    [
      "a model that is not UTF-8",
      Buffer.concat([Buffer.from('{"model":"'), Buffer.from([0xff, 0xfe]), Buffer.from('","messages":[]}')]),
    ],
    ["a lone surrogate in the model", '{"model":"\\ud800","messages":[]}'],
    ["a control character in a string", `{"model":"a\u0001b","messages":[]}`],
    ["a byte order mark", `\ufeff{"model":"${model}","messages":[]}`],
    ["a NUL byte", `{"model":"${model}\0"}`],
    ["a huge number", `{"model":"${model}","max_tokens":1e999999,"messages":[{"role":"user","content":7}]}`],
  ];

  test.each(bodies)("%s", async (_, body) => {
    expectRefusal(await sendRaw(stage.gateway.port, post(path, body)));
  });

  test("a key that comes twice is one model to all, or refused", async () => {
    const body = `{"model":"openai/gpt-4o","model":"nonesuch","messages":[{"role":"user","content":"x"}],"max_tokens":1,"input":"x"}`;
    const reply = await sendRaw(stage.gateway.port, post(path, body));
    expectRefusal(reply);
  });

  test("a body over the limit, declared", async () => {
    const reply = await sendRaw(stage.gateway.port, post(path, "{", ["content-length: 40000000"]));
    expectRefusal(reply);
    expect(reply.status).toBe(413);
  });

  test("a body over the limit, in chunks", async () => {
    const piece = Buffer.alloc(1024 * 1024, "x");
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), piece, Buffer.from("\r\n")]);
    const opening = `{"model":"${crossModel}","max_tokens":1,"input":"`;
    const head = post(path, "", ["transfer-encoding: chunked"]);
    const first = Buffer.from(`${opening.length.toString(16)}\r\n${opening}\r\n`);
    const reply = await sendRaw(
      stage.gateway.port,
      Buffer.concat([head, first, ...Array.from({ length: 34 }, () => chunk), Buffer.from("0\r\n\r\n")]),
      30_000,
    );
    expectRefusal(reply);
    expect(reply.status).toBe(413);
  });

  test.each(["GET", "PUT", "DELETE", "PATCH"])("the method %s", async (method) => {
    const reply = await sendRaw(
      stage.gateway.port,
      `${method} ${path} HTTP/1.1\r\nhost: gateway\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    );
    expectRefusal(reply);
    expect(reply.status).toBe(405);
    expect(reply.head).toMatch(/^allow: .*POST/im);
  });
});

describe("framing", () => {
  const path = "/v1/chat/completions";
  const body = '{"model":"openai/gpt-4o","messages":[{"role":"user","content":"x"}]}';

  test.each([
    ["two lengths that differ", ["content-length: 5", "content-length: 6"]],
    ["a length and chunks", ["content-length: 5", "transfer-encoding: chunked"]],
    ["a length that is no number", ["content-length: five"]],
    ["a negative length", ["content-length: -1"]],
    ["a length with a sign", ["content-length: +5"]],
    ["an unknown transfer coding", ["transfer-encoding: gzip, x"]],
  ])("%s", async (_, headers) => {
    const reply = await sendRaw(stage.gateway.port, post(path, body, headers));
    // A reply of 4xx, or for a length beside chunks the chunks alone count and are broken here.
    expect(reply.status).toBeLessThan(500);
    expect(reply.status === 0 || reply.status >= 400).toBe(true);
  });

  test("a chunk size that is no number", async () => {
    const head = post(path, "", ["transfer-encoding: chunked"]);
    const reply = await sendRaw(
      stage.gateway.port,
      Buffer.concat([head, Buffer.from("xyz\r\nhello\r\n0\r\n\r\n")]),
    );
    expect(reply.status).toBeLessThan(500);
  });

  test("huge headers", async () => {
    const reply = await sendRaw(stage.gateway.port, post(path, body, [`x-big: ${"a".repeat(2_000_000)}`]));
    expect([0, 400, 413, 431]).toContain(reply.status);
  });

  test("very many headers", async () => {
    const many = Array.from({ length: 5000 }, (_, position) => `x-${position}: y`);
    const reply = await sendRaw(stage.gateway.port, post(path, body, many));
    expect([0, 400, 431]).toContain(reply.status);
  });

  test("a very long path", async () => {
    const reply = await sendRaw(
      stage.gateway.port,
      `GET /${"a".repeat(100_000)} HTTP/1.1\r\nhost: g\r\n\r\n`,
    );
    expect([0, 400, 404, 414, 431]).toContain(reply.status);
  });

  test("bytes that are no HTTP", async () => {
    const reply = await sendRaw(
      stage.gateway.port,
      Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x0d, 0x0a, 0x0d, 0x0a]),
    );
    expect([0, 400]).toContain(reply.status);
  });

  test.each([
    ["a size that is no number", "ZZ\r\n"],
    ["a size beyond all bounds", `${"f".repeat(18)}\r\n`],
    ["a chunk longer than it says", "1\r\n{XX\r\n"],
    ["a broken chunk after the model", '11\r\n{"model":"gpt-4o",\r\nZZ\r\n'],
  ])("a chunked body with %s", async (name, chunks) => {
    // Envoy skips what stands between a chunk and the end of its line, and waits for the next one.
    if (mode === "native" && name === "a chunk longer than it says") return;
    const head = `POST ${path} HTTP/1.1\r\nhost: g\r\ncontent-type: application/json\r\n`;
    const reply = await sendRaw(stage.gateway.port, `${head}transfer-encoding: chunked\r\n\r\n${chunks}`);
    expect(reply.status).toBe(400);
    expect(reply.body).toContain("cannot be read");
  });

  test("a body that stops half way does not hold the gateway", async () => {
    const idle = sendRaw(stage.gateway.port, post(path, '{"model":', ["content-length: 500"]), 1500).catch(
      () => undefined,
    );
    const answer = await chatClient({ url: stage.gateway.url }).ask({ model: "openai/gpt-4o", text: "hi" });
    expect(answer.text).toBe("Echo: hi");
    await idle;
  });

  test.each([
    ["with a host", ["host: gateway"]],
    ["without one", []],
  ])("of HTTP/1.0, %s", async (_, lines) => {
    const body = JSON.stringify({
      model: "openai/gpt-4o",
      messages: [{ role: "user", content: "an old client" }],
    });
    const path = "/v1/chat/completions";
    const head = [`POST ${path} HTTP/1.0`, ...lines, `content-length: ${body.length}`, "", ""].join("\r\n");
    const reply = await sendRaw(stage.gateway.port, head + body);
    expect(reply.status, reply.head).toBe(200);
    expect(reply.body).toContain("Echo: an old client");
  });

  test("requests in one breath are answered in order", async () => {
    const health = "GET /healthz HTTP/1.1\r\nhost: g\r\n\r\n";
    const last = "GET /healthz HTTP/1.1\r\nhost: g\r\nconnection: close\r\n\r\n";
    const reply = await sendRaw(stage.gateway.port, health + last);
    expect(reply.status).toBe(200);
  });
});

test("memory does not grow under bad input", { skip: process.platform !== "linux" }, async () => {
  const hostile = post("/v1/chat/completions", `{"model":"openai/gpt-4o","messages":${"[".repeat(100_000)}`);
  const round = async () => {
    for (let at = 0; at < 50; at += 1) await sendRaw(stage.gateway.port, hostile);
    return residentKib(pid);
  };
  await round();
  const before = await round();
  const after = await round();
  expect(after - before).toBeLessThan(8 * 1024);
});
