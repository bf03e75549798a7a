import { describe, expect, test } from "vitest";
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
