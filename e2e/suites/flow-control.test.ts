import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { mode } from "../support/mode.ts";
import { residentKib } from "../support/processes.ts";
import { post } from "../support/raw-http.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  // Envoy counts a client that takes nothing as silence, too, so that it has to be longer than the tests take.
  const silence = mode === "native" ? "20s" : "1s";
  stage = await setStage({ overrides: { upstream_idle_timeout: silence } });
});
afterAll(() => stage?.strike());

/** 160 MB: more than all sockets on the way take in, of which the system lets some have 32 MB. */
const scenario = "vast-40000";

/** Asks for a stream on a connection that nobody reads. */
async function askAndDoNotRead(model: string): Promise<Socket> {
  const socket = connect(stage.gateway.port, "127.0.0.1");
  socket.pause();
  await once(socket, "connect");
  const messages = [{ role: "user", content: "hi" }];
  const body = JSON.stringify({ model, stream: true, max_tokens: 60_000, messages });
  socket.write(post("/v1/chat/completions", body, ["connection: close"]));
  return socket;
}

describe.each([
  ["passed on", "openai"],
  ["translated", "anthropic"],
] as const)("a long stream, %s", (_, provider) => {
  const model = `${provider}/scenario-${scenario}`;
  const isStream = (request: { json: unknown }) =>
    JSON.stringify(request.json).includes(`scenario-${scenario}`);

  test("does not pile up for a client that does not read, and goes when it goes", {
    skip: process.platform !== "linux",
  }, async () => {
    stage[provider].forget();
    const pid = mode === "native" ? await stage.gateway.envoyPid() : await stage.gateway.pid();
    await chatClient({ url: stage.gateway.url }).stream({
      model: `${provider}/scenario-bulk-1000`,
      text: "x",
    });
    stage[provider].forget();
    const before = await residentKib(pid);
    const socket = await askAndDoNotRead(model);
    const request = await stage[provider].waitForRequest(isStream);
    let most = 0;
    for (let round = 0; round < 15; round += 1) {
      await sleep(200);
      most = Math.max(most, await residentKib(pid));
    }
    expect(await Promise.race([request.outcome, sleep(0, "open")])).toBe("open");
    // A tenth of what waits to be sent; buffers on the way and what allocators keep take some megabytes.
    expect(most - before).toBeLessThan(16 * 1024);
    socket.destroy();
    expect(await Promise.race([request.outcome, sleep(2000, "still open")])).toBe("client-gone");
  });

  test("is whole for a client that pauses for longer than a provider may be silent", async () => {
    stage[provider].forget();
    const socket = await askAndDoNotRead(model);
    await stage[provider].waitForRequest(isStream);
    await sleep(3000);
    let events = 0;
    let tail = "";
    for await (const piece of socket) {
      tail = `${tail.slice(-4096)}${piece as Buffer}`;
      events += 1;
    }
    expect(events).toBeGreaterThan(0);
    expect(tail).toContain("data: [DONE]");
    expect(tail).not.toContain('"error"');
  });
});
