import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Provider } from "@plano/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { machineName, standInAddress } from "../support/mode.ts";
import { startProvider } from "../support/provider.ts";

/** One dot. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let provider: Provider;
let site: Server;
let address: string;
beforeAll(async () => {
  provider = await startProvider({ service: "bedrock" });
  site = createServer((request, response) => {
    switch (request.url) {
      case "/dot.png?size=1":
        return response.writeHead(200, { "content-type": "image/png" }).end(png);
      case "/moved":
        return response.writeHead(302, { location: "/dot.png?size=1" }).end();
      case "/circle":
        return response.writeHead(302, { location: "/circle" }).end();
      case "/large": {
        response.writeHead(200, { "content-type": "image/png" });
        return response.end(Buffer.alloc(21 * 1024 * 1024));
      }
      default:
        return response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => site.listen(0, standInAddress, resolve));
  address = `http://${machineName}:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
  site?.closeAllConnections();
  site?.close();
  await provider?.close();
});

describe.each(["any", "public", "off"] as const)("fetch_media: %s", (policy) => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({
      config: {
        model_providers: [{ model: "amazon_bedrock/*", base_url: provider.url, access_key: "$STAND_IN_KEY" }],
        overrides: { fetch_media: policy },
      },
      environment: { STAND_IN_KEY: provider.key },
    });
  });
  afterAll(() => gateway?.stop());

  const ask = (url: string) => {
    const model = "amazon_bedrock/amazon.nova-pro-v1:0";
    return chatClient({ url: gateway.url }).ask({ model, text: "What is this?", images: [url] });
  };
  const refusal = async (url: string) => {
    const error = await ask(url).catch((thrown: unknown) => thrown);
    return chatClient({ url: gateway.url }).refusal(error);
  };

  test.runIf(policy === "any").each(["/dot.png?size=1", "/moved"])("%s reaches the model", async (path) => {
    await ask(`${address}${path}`);
    const sent = JSON.stringify(provider.lastRequest().json);
    expect(sent).toContain(`"image":{"format":"png","source":{"bytes":"${png.toString("base64")}"}}`);
  });

  test.runIf(policy === "any").each([
    ["/nothing?key=secret", /404/],
    ["/circle", /redirects/],
    ["/large", /larger/],
  ])("%s is the client's error", async (path, reason) => {
    const { status, message } = await refusal(`${address}${path}`);
    expect(status).toBe(400);
    expect(message).toMatch(reason);
    expect(message).not.toContain("secret");
  });

  test.runIf(policy === "public").each(["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])(
    "an address of this machine is out of reach: %s",
    async (host) => {
      const { status, message } = await refusal(`${address.replace(machineName, host)}/dot.png?size=1`);
      expect(status).toBe(400);
      expect(message).toContain("no public address");
    },
  );

  test.runIf(policy === "off")("nothing is fetched", async () => {
    const { status, message } = await refusal(`${address}/dot.png?size=1`);
    expect(status).toBe(400);
    expect(message).toContain("inline");
  });
});
