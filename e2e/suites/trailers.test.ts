import { writeFile } from "node:fs/promises";
import { createSecureServer } from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createCertificates } from "@plano/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { mode, standInAddress } from "../support/mode.ts";

// Providers whose answers have trailers: the last piece of the body does not say then that it is the last.

const whole = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "well" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const events = [
  { delta: { role: "assistant", content: "well" }, finish_reason: null },
  { delta: {}, finish_reason: "stop" },
].map((choice) => {
  const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };
  return `data: ${JSON.stringify({ ...head, choices: [{ index: 0, ...choice }] })}\n\n`;
});

/** What both kinds of server call a response. */
interface Answer {
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(text: string): unknown;
  addTrailers(trailers: Record<string, string>): unknown;
  end(): unknown;
}

async function answer(request: AsyncIterable<Buffer>, response: Answer): Promise<void> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts).toString();
  const isStream = body.includes('"stream":true');
  const pieces = body.includes('"nothing"') ? [] : isStream ? [...events] : [whole];
  if (isStream && body.includes('"hello"')) pieces.push("data: [DONE]\n\n");
  response.writeHead(200, {
    "content-type": isStream ? "text/event-stream" : "application/json",
    trailer: "x-checked",
  });
  for (const piece of pieces) response.write(piece);
  response.addTrailers({ "x-checked": "yes" });
  response.end();
}

const certificates = createCertificates();
const tls = { cert: certificates.certificate, key: certificates.key };

describe.each([
  ["HTTP/1.1", () => createHttpsServer(tls, answer)],
  ["HTTP/2", () => createSecureServer(tls, answer)],
] as const)("an answer with trailers over %s", (version, createServer) => {
  const server = createServer();
  let gateway: Gateway;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, standInAddress, resolve));
    const base_url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    gateway = await prepareGateway({
      config: {
        model_providers: [
          { model: "custom/*", provider_interface: "openai", base_url, access_key: "$STAND_IN_KEY" },
        ],
        overrides: { upstream_tls_ca_path: "authority.pem" },
      },
      environment: { STAND_IN_KEY: "k" },
    });
    await writeFile(join(gateway.folder, "authority.pem"), certificates.authority);
    const up = await gateway.planoai("up", "config.yaml");
    expect(up.exitCode, up.output).toBe(0);
  });
  afterAll(async () => {
    await gateway?.stop();
    server.close();
  });

  const ask = async (path: string, content: string, stream = false) => {
    const reply = await fetch(`${gateway.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: "custom/m",
        max_tokens: 9,
        stream,
        messages: [{ role: "user", content }],
      }),
      signal: AbortSignal.timeout(10_000),
    });
    return { status: reply.status, text: await reply.text() };
  };

  test("is passed on as it is", async () => {
    expect(await ask("/v1/chat/completions", "hello")).toEqual({ status: 200, text: whole });
    expect(await ask("/v1/chat/completions", "hello", true)).toMatchObject({ status: 200 });
  });

  test("is translated", async () => {
    const { status, text } = await ask("/v1/messages", "hello");
    expect(status).toBe(200);
    expect(JSON.parse(text).content).toEqual([{ type: "text", text: "well" }]);
  });

  const lastEvent = /event: message_stop\ndata: \{"type":"message_stop"\}\n\n$/;

  test("is translated event by event", async () => {
    const { status, text } = await ask("/v1/messages", "hello", true);
    expect(status).toBe(200);
    expect(text).toMatch(lastEvent);
  });

  test("and without its last event is ended or broken off, and never hangs", async () => {
    const cut = ask("/v1/messages", "cut", true);
    // Envoy lets no filter add to a body after its trailers, and its HTTP/1.1 leaves them out.
    if (mode === "native" && version === "HTTP/2") await expect(cut).rejects.toThrow("terminated");
    else expect((await cut).text).toMatch(lastEvent);
  });

  test("and no body is a failure where it is to be translated, and harms no other call", async () => {
    expect(await ask("/v1/messages", "nothing")).toMatchObject({ status: 502 });
    await ask("/v1/chat/completions", "nothing");
    await ask("/v1/messages", "nothing", true);
    expect(await ask("/v1/messages", "hello")).toMatchObject({ status: 200 });
  });
});
