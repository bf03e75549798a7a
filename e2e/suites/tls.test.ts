import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Certificates, createCertificates, type Provider } from "@plano/testkit";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { type Gateway, prepareGateway } from "../support/gateway.ts";
import { startProvider } from "../support/provider.ts";

let certificates: Certificates;
let provider: Provider;
let gateway: Gateway;
beforeAll(() => {
  certificates = createCertificates();
});
afterEach(async () => {
  await gateway?.stop();
  await provider?.close();
});

const model = "openai/gpt-4o";

async function start({ http1Only = false, trusted = certificates.authority }): Promise<void> {
  provider = await startProvider({ service: "openai", tls: { ...certificates, http1Only } });
  gateway = await prepareGateway({
    config: {
      model_providers: [{ model: "openai/*", base_url: provider.url, access_key: "$OPENAI_API_KEY" }],
      overrides: { upstream_tls_ca_path: "authority.pem" },
    },
    environment: { OPENAI_API_KEY: provider.key },
  });
  await writeFile(join(gateway.folder, "authority.pem"), trusted);
  const up = await gateway.planoai("up", "config.yaml");
  expect(up.exitCode, up.output).toBe(0);
}

describe.each([
  ["HTTP/1.1", true, "1.1"],
  ["HTTP/2, chosen by ALPN", false, "2.0"],
] as const)("a provider on HTTPS that speaks %s", (_, http1Only, httpVersion) => {
  test("answers, whole and streamed", async () => {
    await start({ http1Only });
    const client = chatClient({ url: gateway.url });
    expect((await client.ask({ model, text: "hi" })).text).toBe("Echo: hi");
    expect((await client.stream({ model, text: "hi again" })).text).toBe("Echo: hi again");
    expect(provider.requests.map((request) => request.httpVersion)).toEqual([httpVersion, httpVersion]);
  });

  test("takes a large body and gives a long answer", async () => {
    await start({ http1Only });
    const text = `${"x".repeat(1_000_000)} ${"word ".repeat(500).trimEnd()}`;
    const answer = await chatClient({ url: gateway.url }).stream({ model, text });
    expect(answer.text).toBe(`Echo: ${text}`);
  });

  test("is asked on the connection that is there", async () => {
    await start({ http1Only });
    const client = chatClient({ url: gateway.url });
    for (let round = 0; round < 6; round += 1) await client.ask({ model, text: "hi" });
    // Each of the gateway's threads keeps connections of its own.
    expect(provider.connectionCount).toBeLessThan(6);
  });

  test("hears at once when the client has gone", async () => {
    await start({ http1Only });
    const leave = new AbortController();
    const answer = chatClient({ url: gateway.url }).stream(
      { model: "openai/scenario-paced-50", text: "hi", signal: leave.signal },
      () => leave.abort(),
    );
    await expect(answer).rejects.toThrow();
    expect(await provider.lastRequest().outcome).toBe("client-gone");
    expect((await chatClient({ url: gateway.url }).ask({ model, text: "hi" })).text).toBe("Echo: hi");
  });
});

test("a certificate of nobody we trust is a 502 that says so, and no request is sent", async () => {
  await start({ trusted: createCertificates().authority });
  const client = chatClient({ url: gateway.url });
  const error = await client.ask({ model, text: "hi" }).catch((thrown: unknown) => thrown);
  const refusal = client.refusal(error);
  expect(refusal.status).toBe(502);
  expect(refusal.message).toMatch(/openai.*cannot be trusted.*certificate/);
  expect(provider.requests).toHaveLength(0);
});

test.each([
  ["is not there", undefined],
  ["holds no certificate", "nothing of the kind\n"],
])("up says when the file of authorities %s", async (_, text) => {
  gateway = await prepareGateway({
    config: {
      model_providers: [{ model: "openai/gpt-4o", access_key: "sk-x" }],
      overrides: { upstream_tls_ca_path: "authority.pem" },
    },
  });
  if (text !== undefined) await writeFile(join(gateway.folder, "authority.pem"), text);
  const up = await gateway.planoai("up", "config.yaml");
  expect(up.exitCode).toBe(1);
  expect(up.output).toContain("upstream_tls_ca_path");
  expect(up.output).toContain("authority.pem");
});
