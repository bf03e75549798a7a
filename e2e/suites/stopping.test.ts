import { once } from "node:events";
import { connect } from "node:net";
import type { Provider } from "@plano/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { inMode, mode } from "../support/mode.ts";
import { isAlive } from "../support/processes.ts";
import { type Running, startPlanoai } from "../support/programs.ts";
import { startProvider } from "../support/provider.ts";

let provider: Provider;
let gateway: Gateway;

beforeAll(async () => {
  provider = await startProvider({ service: "openai" });
});
afterAll(() => provider.close());
afterEach(() => gateway?.stop());

const model = "openai/gpt-4o";

async function prepare(overrides: Record<string, unknown> = {}) {
  gateway = await prepareGateway({
    config: {
      model_providers: [{ model: "openai/*", base_url: provider.url, access_key: "$OPENAI_API_KEY" }],
      ...(Object.keys(overrides).length > 0 && { overrides }),
    },
    environment: { OPENAI_API_KEY: provider.key },
  });
}

async function start(overrides: Record<string, unknown> = {}) {
  await prepare(overrides);
  const up = await gateway.planoai("up", "config.yaml");
  expect(up.exitCode, up.output).toBe(0);
}

async function startAttached(): Promise<Running> {
  await prepare();
  const up = startPlanoai(inMode(["up", "config.yaml", "--foreground"]), {
    environment: gateway.environment,
    folder: gateway.folder,
  });
  await expect.poll(() => isHealthy(gateway), { timeout: 30_000 }).toBe(true);
  return up;
}

const ask = (text: string) => chatClient({ url: gateway.url }).ask({ model, text });

/** A stream of 50 words, one each `pace` milliseconds; `underWay` resolves once five have come. */
function openStream(pace = 40): { answer: Promise<{ text: string }>; underWay: Promise<void> } {
  const { promise: underWay, resolve } = Promise.withResolvers<void>();
  let pieces = 0;
  const answer = chatClient({ url: gateway.url }).stream(
    { model: `openai/scenario-paced-${pace}`, text: "hi" },
    () => {
      pieces += 1;
      if (pieces === 5) resolve();
    },
  );
  return { answer, underWay };
}

describe("with a stream open", () => {
  test("it finishes after down was asked for, and no new connection is taken", async () => {
    await start();
    const { answer, underWay } = openStream();
    await underWay;
    const down = gateway.planoai("down");
    await expect.poll(() => isHealthy(gateway), { timeout: 5000, interval: 20 }).toBe(false);
    expect((await answer).text.split(" ")).toHaveLength(50);
    expect((await down).exitCode).toBe(0);
  });

  test("it is cut at the limit if it never ends", async () => {
    await start({ drain_timeout: "500ms" });
    provider.forget();
    const answer = expect(
      chatClient({ url: gateway.url }).stream({ model: "openai/scenario-stall-2", text: "a b c" }),
    ).rejects.toThrow();
    await provider.waitForRequest((request) => request.method === "POST");
    const asked = performance.now();
    expect((await gateway.planoai("down")).exitCode).toBe(0);
    expect(performance.now() - asked).toBeLessThan(8000);
    await answer;
  });

  test("it finishes at the old instance while the new one serves already", async () => {
    await start();
    const old = await gateway.pid();
    // Envoy takes some seconds to start.
    const { answer, underWay } = openStream(mode === "embedded" ? 40 : 200);
    let hasFinished = false;
    void answer.then(() => {
      hasFinished = true;
    });
    await underWay;
    const again = await gateway.planoai("up", "config.yaml", "--restart");
    expect(again.exitCode, again.output).toBe(0);
    expect(await gateway.pid()).not.toBe(old);
    // On a busy machine the stream may be over before the new one is there.
    expect(isAlive(old) || hasFinished).toBe(true);
    expect((await ask("meanwhile")).text).toBe("Echo: meanwhile");
    expect((await answer).text.split(" ")).toHaveLength(50);
    await expect.poll(() => isAlive(old), { timeout: 5000 }).toBe(false);
    expect((await ask("afterwards")).text).toBe("Echo: afterwards");
  });
});

describe.each(["SIGTERM", "SIGINT"] as const)("%s in the foreground", (signal) => {
  test("ends it with exit code 0", async () => {
    const up = await startAttached();
    expect((await ask("hi")).text).toBe("Echo: hi");
    up.child.kill(signal);
    const ended = await up.finished;
    expect(ended.exitCode, ended.output).toBe(0);
    expect(await isHealthy(gateway)).toBe(false);
  });

  test.each([
    ["kept alive", "GET /healthz HTTP/1.1\r\nhost: g\r\n\r\n"],
    ["that have never sent a byte", ""],
    ["with half a head", "POST /v1/chat/completions HTTP/1.1\r\nhost: g\r\ncontent-"],
  ])("does not wait for connections %s", async (_, bytes) => {
    const up = await startAttached();
    const sockets = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const socket = connect(gateway.port, "127.0.0.1");
        socket.on("error", () => {});
        await once(socket, "connect");
        if (bytes !== "") socket.write(bytes);
        if (bytes.endsWith("\r\n\r\n")) await once(socket, "data");
        return socket;
      }),
    );
    const asked = performance.now();
    up.child.kill(signal);
    const ended = await up.finished;
    expect(ended.exitCode, ended.output).toBe(0);
    expect(performance.now() - asked).toBeLessThan(8000);
    for (const socket of sockets) socket.destroy();
  });
});

async function isHealthy({ url }: Gateway): Promise<boolean> {
  try {
    return (await fetch(`${url}/healthz`, { headers: { connection: "close" } })).ok;
  } catch {
    return false;
  }
}
