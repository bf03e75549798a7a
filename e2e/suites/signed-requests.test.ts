import { defaultAwsCredentials, type Provider } from "@plano/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chatClient } from "../support/clients/chat.ts";
import { converseClient } from "../support/clients/converse.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { startProvider } from "../support/provider.ts";

let provider: Provider;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startProvider({ service: "bedrock" });
  const signed = (name: string, secret: string) => ({
    name,
    model: `amazon_bedrock/${name}`,
    base_url: provider.url,
    aws: { region: "eu-central-1", access_key_id: "$STAND_IN_ID", secret_access_key: secret },
  });
  gateway = await startGateway({
    config: {
      model_providers: [
        signed("anthropic.claude-sonnet-4-5-20250929-v1:0", "$STAND_IN_SECRET"),
        signed("amazon.nova-pro-v1:0", "$WRONG_SECRET"),
      ],
    },
    environment: {
      STAND_IN_ID: defaultAwsCredentials.accessKeyId,
      STAND_IN_SECRET: defaultAwsCredentials.secretAccessKey,
      WRONG_SECRET: "not-the-secret",
    },
  });
});
afterAll(async () => {
  await gateway?.stop();
  await provider?.close();
});

// The stand-in verifies each signature over the path as it is on the wire, the headers and the body.
describe.each([
  { name: "chat", make: chatClient },
  { name: "converse", make: converseClient },
])("$name client", ({ make }) => {
  const model = "amazon_bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0";

  test("requests are signed, also for models with colons, also with bytes beyond ASCII", async () => {
    const client = make({ url: gateway.url, key: "of-the-client" });
    expect((await client.ask({ model, text: "Grüße, 世界" })).text).toBe("Echo: Grüße, 世界");
    expect((await client.stream({ model, text: "hi" })).text).toBe("Echo: hi");
    const { headers, path } = provider.lastRequest();
    expect(headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIA/);
    expect(path).toContain("-v1%3A0/converse-stream");
    expect(JSON.stringify(headers)).not.toContain("of-the-client");
  });

  test("a wrong secret is the provider's refusal", async () => {
    const client = make({ url: gateway.url });
    const error = await client
      .ask({ model: "amazon_bedrock/amazon.nova-pro-v1:0", text: "hi" })
      .catch((thrown: unknown) => thrown);
    expect(client.refusal(error).status).toBeOneOf([401, 403]);
  });
});

test("neither the log nor a file of the gateway holds the secret", async () => {
  expect(await gateway.log()).not.toContain(defaultAwsCredentials.secretAccessKey);
});
