import { expect, test } from "vitest";
import { parse } from "yaml";
import { compileGatewayConfig, zeroConfig } from "./index.ts";

const order = [
  "openai",
  "anthropic",
  "gemini",
  "groq",
  "deepseek",
  "mistral",
  "digitalocean",
  "vercel",
  "openrouter",
  "edenai",
];

test("without keys every provider gets the client's own credentials", () => {
  const { text, summary } = zeroConfig({ environment: {} });
  const tree = parse(text);
  expect(tree.version).toBe("v0.4.0");
  expect(tree.listeners).toEqual([{ name: "llm", type: "model", port: 12000, address: "127.0.0.1" }]);
  expect(tree.model_providers.map((entry: { name: string }) => entry.name)).toEqual(order);
  for (const entry of tree.model_providers) {
    expect(Object.keys(entry)).toEqual(["name", "model", "base_url", "passthrough_auth"]);
  }
  expect(summary).toBe(`pass-through: ${order.join(", ")}`);
});

test("providers whose key is set come first and refer to it, never holding the key itself", () => {
  const { text, summary } = zeroConfig({
    environment: { DO_API_KEY: "do-secret", GROQ_API_KEY: "groq-secret", VERCEL: "" },
    port: 9,
  });
  const tree = parse(text);
  expect(tree.model_providers.slice(0, 2)).toEqual([
    {
      name: "groq",
      model: "groq/*",
      base_url: "https://api.groq.com/openai/v1",
      access_key: "$GROQ_API_KEY",
    },
    {
      name: "digitalocean",
      model: "digitalocean/*",
      base_url: "https://inference.do-ai.run/v1",
      access_key: "$DO_API_KEY",
    },
  ]);
  expect(tree.listeners[0].port).toBe(9);
  expect(text).not.toContain("secret");
  expect(summary).toMatch(/^env-keyed: groq, digitalocean \| pass-through: openai, /);
});

test.each([
  ["vercel", "AI_GATEWAY_API_KEY", "https://ai-gateway.vercel.sh/v1"],
  ["openrouter", "OPENROUTER_API_KEY", "https://openrouter.ai/api/v1"],
  ["edenai", "EDENAI_API_KEY", "https://api.edenai.run/v3"],
])("%s is reached where it is", (name, variable, url) => {
  const [first] = parse(zeroConfig({ environment: { [variable]: "x" } }).text).model_providers;
  expect(first).toEqual({ name, model: `${name}/*`, base_url: url, access_key: `$${variable}` });
});

test("what it writes compiles without a warning", () => {
  const result = compileGatewayConfig(zeroConfig({ environment: { OPENAI_API_KEY: "x" } }).text);
  expect([result.ok, result.warnings]).toEqual([true, []]);
});
