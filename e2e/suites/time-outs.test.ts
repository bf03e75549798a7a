import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Provider } from "@plano/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../support/clients/client.ts";
import { freePort } from "../support/free-port.ts";
import { type FullStage, setFullStage } from "../support/full-stage.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { standInAddress } from "../support/mode.ts";
import { pairs } from "../support/pairs.ts";
import { setStage } from "../support/stage.ts";

const limit = 400;
/** Envoy counts from when its event loop last woke, which a busy machine puts some milliseconds back. */
const earliness = 20;
/** Half of what the slow answers take: on a busy machine lost packets alone can cost seconds. */
const lateness = 10_000;

let stage: FullStage;
beforeAll(async () => {
  stage = await setFullStage({
    overrides: { upstream_first_byte_timeout: `${limit}ms`, upstream_idle_timeout: `${limit}ms` },
  });
});
afterAll(() => stage?.strike());

async function timed(work: Promise<unknown>): Promise<{ error: unknown; milliseconds: number }> {
  const start = performance.now();
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, milliseconds: performance.now() - start };
}

describe.each(pairs)("$clientName client, $providerId provider", ({ clientName, provider, client: make }) => {
  const scenario = (name: string) => `${provider.id}/${provider.family}scenario-${name}`;
  let client: Client;
  let standIn: Provider;
  beforeAll(async () => {
    standIn = stage.standIns[provider.id];
    client = make({ url: stage.gateway.url });
    await client.ask({ model: `${provider.id}/${provider.model}`, text: "warm up" });
  });

  test.each(["ask", "stream"] as const)("no first byte in time is a time-out: %s", async (way) => {
    standIn.forget();
    const { error, milliseconds } = await timed(client[way]({ model: scenario("slow-20000"), text: "hi" }));
    // The Converse API says 408.
    expect(client.refusal(error).status).toBe(clientName === "converse" ? 408 : 504);
    expect(client.refusal(error).message).toMatch(/sent no answer in time/);
    expect(milliseconds).toBeGreaterThanOrEqual(limit - earliness);
    expect(milliseconds).toBeLessThan(limit + lateness);
    expect(await standIn.lastRequest().outcome).toBe("client-gone");
  });

  test("silence in the middle of a stream is an error in the stream", async () => {
    standIn.forget();
    const { error, milliseconds } = await timed(
      client.stream({ model: scenario("stall-4"), text: "one two three four five six" }),
    );
    expect(error).toBeInstanceOf(Error);
    expect(milliseconds).toBeGreaterThanOrEqual(limit - earliness);
    expect(milliseconds).toBeLessThan(limit + lateness);
    expect(await standIn.lastRequest().outcome).toBe("client-gone");
  });

  test("a stream that is only slow is left alone", async () => {
    const answer = await client.stream({ model: scenario("paced-50"), text: "hi" });
    expect(answer.text.split(" ")).toHaveLength(50);
  });
});

test("a provider that accepts and then says nothing is a 504 after the connect time-out", async () => {
  const mute = createServer(() => {});
  mute.listen(0, standInAddress);
  await once(mute, "listening");
  const { port } = mute.address() as AddressInfo;
  let gateway: Gateway | undefined;
  try {
    gateway = await startGateway({
      config: {
        model_providers: [{ model: "openai/*", base_url: `https://127.0.0.1:${port}`, access_key: "sk-x" }],
        overrides: { upstream_connect_timeout: `${limit}ms` },
      },
    });
    const pair = pairs.find(({ clientName }) => clientName === "messages");
    const client = pair?.client({ url: gateway.url });
    const { error, milliseconds } = await timed(
      client?.ask({ model: "openai/gpt-4o", text: "hi" }) ?? Promise.resolve(),
    );
    expect(client?.refusal(error)).toMatchObject({ status: 504 });
    expect(milliseconds).toBeGreaterThanOrEqual(limit - earliness);
    expect(milliseconds).toBeLessThan(limit + lateness);
  } finally {
    await gateway?.stop();
    mute.close();
  }
});

test("a listener's own timeout bounds the wait for an answer to begin, not the answer", async () => {
  const port = await freePort();
  const patient = await setStage({
    listeners: [{ name: "hasty", type: "model", port, timeout: `${limit}ms` }],
  });
  try {
    const pair = pairs.find(({ clientName }) => clientName === "chat");
    if (pair === undefined) throw new Error("no chat client");
    const client = pair.client({ url: `http://127.0.0.1:${port}` });
    const { error } = await timed(client.ask({ model: "openai/scenario-slow-20000", text: "hi" }));
    expect(client.refusal(error).status).toBe(504);
    const { milliseconds } = await timed(client.stream({ model: "openai/scenario-paced-50", text: "hi" }));
    expect(milliseconds).toBeGreaterThan(limit);
  } finally {
    await patient.strike();
  }
});
