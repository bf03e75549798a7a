import { describe, expect, test } from "vitest";
import { compileGatewayConfig, effectiveValues, renderCompiled, withoutSecrets } from "./index.ts";
import { errorsOf, withProviders } from "./sample-configs.ts";

describe("secrets stay out of messages", () => {
  const secret = "sk-abcdefghijklmnopqrstuvwxyz012345";
  test.each([
    ["under a misspelt key", withProviders(`{model: openai/a, acess_key: ${secret}}`)],
    ["under an unknown key", withProviders(`{model: openai/a, colour: ${secret}}`)],
    ["in a header of the wrong type", withProviders(`{model: openai/a, headers: {X-Key: [${secret}]}}`)],
    ["in place of all headers", withProviders(`{model: openai/a, headers: ${secret}}`)],
    ["in an address", withProviders(`{model: ollama/a, base_url: "http://user:${secret}@host"}`)],
    [
      "in an address's query",
      withProviders("{model: ollama/a, base_url: 'https://h/?key=abcdefghijklmnop'}"),
    ],
    ["in no address", withProviders("{model: ollama/a, base_url: 'h/?key=abcdefghijklmnop'}")],
    ["in no address, as user", withProviders("{model: ollama/a, base_url: 'u:abcdefghijklmnop@h'}")],
    ["in an unknown address", withProviders("{model: openai/a, bse_url: 'https://h/?k=abcdefghijklmnop'}")],
    ["in a wrong model", withProviders(`{model: ${secret}}`)],
    ["beside broken YAML", `access_key: ${secret}\n  : [`],
    ["half a reference", withProviders(`{model: openai/a, access_key: "${secret}$x"}`)],
  ])("%s", (_, text) => {
    const errors = errorsOf(text);
    expect(errors.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toContain("abcdefghijklmnop");
  });

  test("a short number where a key belongs is not shown either", () => {
    expect(JSON.stringify(errorsOf(withProviders("{model: openai/a, access_key: 12345678}")))).not.toContain(
      "12345678",
    );
  });
});

test("what is in effect is shown without secrets, also beside references", () => {
  const text = `${withProviders("{model: openai/a, access_key: $KEY, headers: {X: Bearer hunter2 $KEY}}")}
state_storage: {type: postgres, connection_string: "postgresql://u:hunter2@$HOST/d"}
model_metrics_sources: [{type: cost, provider: models.dev, url: "https://h/?key=hunter2"}]
agents: [{id: a, url: "http://u:hunter2@h"}]
`;
  const result = compileGatewayConfig(text);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  const values = effectiveValues(result.complete, result.document);
  expect(JSON.stringify(values)).not.toContain("hunter2");
  expect(values.filter(({ value }) => value === "(hidden)")).toHaveLength(4);
  expect(values.find(({ value }) => value === "$KEY")?.variables).toEqual(["KEY"]);
});

test("what is compiled is shown without secrets, as something that cannot be served", () => {
  const text = withProviders(
    "{model: openai/a, access_key: hunter2, headers: {X: Bearer hunter2 $KEY, X-Plain: $KEY}}",
  );
  const result = compileGatewayConfig(text);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  const { text: shown, count } = withoutSecrets(renderCompiled(result.config), result.complete);
  expect(shown).not.toContain("hunter2");
  expect(shown).toContain("access_key: $hidden\n");
  expect(shown).toContain("X-Plain: $KEY\n");
  expect(count).toBe(2);
});

test("what is compiled without secrets is shown as it is", () => {
  const result = compileGatewayConfig(withProviders("{model: openai/a, access_key: $KEY}"));
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  const compiled = renderCompiled(result.config);
  expect(withoutSecrets(compiled, result.complete)).toEqual({ text: compiled, count: 0 });
});
