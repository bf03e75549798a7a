import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { machineName, standInAddress } from "../support/mode.ts";

// What clients send compressed, and what providers answer so though nobody asked for it.

const limit = 6 * 2 ** 20;
const answer = JSON.stringify({
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "well" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});

let provider: Server;
let received: Buffer[];
let gateway: Gateway;

beforeAll(async () => {
  provider = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part);
    } catch {
      // The gateway gave the call up.
      return;
    }
    const body = Buffer.concat(parts);
    received.push(body);
    const isPacked = body.includes('"content":"packed"');
    const head = { "content-type": "application/json" };
    response.writeHead(200, isPacked ? { ...head, "content-encoding": "gzip" } : head);
    response.end(isPacked ? gzipSync(answer) : answer);
  });
  await new Promise<void>((resolve) => provider.listen(0, standInAddress, resolve));
  const address = `http://${machineName}:${(provider.address() as AddressInfo).port}/v1`;
  gateway = await startGateway({
    config: {
      model_providers: [
        { model: "custom/*", provider_interface: "openai", base_url: address, access_key: "$STAND_IN_KEY" },
      ],
      overrides: { max_request_body_bytes: limit },
    },
    environment: { STAND_IN_KEY: "k" },
  });
});
afterAll(async () => {
  await gateway?.stop();
  provider?.closeAllConnections();
  provider?.close();
});

async function send(
  body: Uint8Array<ArrayBuffer> | string,
  encoding?: string,
  path = "/v1/chat/completions",
) {
  received = [];
  const reply = await fetch(`${gateway.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(encoding !== undefined && { "content-encoding": encoding }),
    },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  return { status: reply.status, text: await reply.text() };
}

const asking = (content: string, model = "custom/m") =>
  JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content }] });

describe("a request that is packed", () => {
  test.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ] as const)("by %s is passed on whole, however well it was packed", async (encoding, pack) => {
    for (const content of ["hello", "y".repeat(5_000_000)]) {
      expect(await send(Uint8Array.from(pack(asking(content))), encoding)).toMatchObject({ status: 200 });
      expect(JSON.parse(String(received[0])).messages).toEqual([{ role: "user", content }]);
    }
  });

  test("and larger than the limit is refused, and never whole to the provider", async () => {
    const packed = Uint8Array.from(gzipSync(asking("y".repeat(limit))));
    expect(await send(packed, "gzip")).toMatchObject({ status: 413 });
    expect(received).toEqual([]);
  });

  test.each([
    ["cut short", "gzip", gzipSync(asking("hello")).subarray(0, 40)],
    ["cut short", "br", brotliCompressSync(asking("hello")).subarray(0, 40)],
    ["followed by more", "br", Buffer.concat([brotliCompressSync(asking("hello")), Buffer.from("more")])],
    ["not packed at all", "gzip", Buffer.from(asking("hello"))],
  ])("%s (%s) is refused with its packing's name", async (_, encoding, body) => {
    const { status, text } = await send(Uint8Array.from(body), encoding);
    expect(status).toBe(400);
    expect(JSON.parse(text).error.message).toContain(`its content-encoding says, ${encoding}`);
    expect(received).toEqual([]);
  });

  test.each([
    ["deflate", deflateSync(asking("hello"))],
    ["gzip, gzip", gzipSync(gzipSync(asking("hello")))],
  ])("by %s is refused with what is known", async (encoding, body) => {
    const { status, text } = await send(Uint8Array.from(body), encoding);
    expect(status).toBe(400);
    expect(JSON.parse(text).error.message).toContain(
      `its content-encoding is ${encoding}; gzip and br are known, one of them at a time`,
    );
    expect(received).toEqual([]);
  });
});

test("an answer that is packed though nobody asked for it cannot be translated, which is told at once", async () => {
  const { status, text } = await send(asking("packed"), undefined, "/v1/messages");
  expect(status).toBe(502);
  expect(JSON.parse(text).error.message).toContain("encoding that was not asked for");
});
