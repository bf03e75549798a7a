import { describe, expect, test } from "vitest";
import { compileGatewayConfig } from "./index.ts";
import { errorsOf, summaries, withProvider, withProviders } from "./sample-configs.ts";

describe("rules", () => {
  test.each([
    ["both provider keys", `${withProvider("")}llm_providers: []\n`, ["two-names at llm_providers"]],
    [
      "no providers",
      "version: v0.3.0\nlisteners: {egress_traffic: {port: 12000}}\n",
      ["no-providers at model_providers"],
    ],
    [
      "two model listeners",
      withProvider("listeners: [{type: model, name: a}, {type: model, name: b, port: 12001}]"),
      ["listener-count at listeners[1]"],
    ],
    [
      "a host name as address",
      withProvider("listeners: [{type: model, name: a, address: example.com}]"),
      ["address at listeners[0].address"],
    ],
    [
      "the port of the metrics",
      withProvider("listeners: [{type: model, name: a, port: 9092}]"),
      ["port-taken at listeners[0].port"],
    ],
    [
      "a listener's name that leads to another folder",
      withProvider("listeners: [{type: model, name: ../../esc}]"),
      ["listener-name at listeners[0].name"],
    ],
    [
      "a listener's name of two lines",
      withProvider('listeners: [{type: model, name: "a\\nb"}]'),
      ["listener-name at listeners[0].name"],
    ],
    [
      "a listener's name that is too long for a file",
      withProvider(`listeners: [{type: model, name: ${"é".repeat(101)}}]`),
      ["listener-name at listeners[0].name"],
    ],
    [
      "a listener's name of several words",
      withProvider('listeners: [{type: model, name: "Modèles: v1.0 (own_ones-2)"}]'),
      [],
    ],
    [
      "a model without provider",
      withProviders("{model: gpt-4o}"),
      ["model-format at model_providers[0].model"],
    ],
    ["a model without id", withProviders("{model: openai/}"), ["model-format at model_providers[0].model"]],
    [
      "a wildcard below a provider",
      withProviders("{model: openrouter/anthropic/*}"),
      ["wildcard at model_providers[0].model"],
    ],
    [
      "a default wildcard",
      withProviders("{model: openai/*, default: true}"),
      ["wildcard at model_providers[0].default"],
    ],
    [
      "two defaults",
      withProviders("{model: openai/a, default: true}", "{model: openai/b, default: true}"),
      ["default-count at model_providers[1].default"],
    ],
    [
      "a name used again",
      withProviders("{name: x, model: openai/a}", "{name: x, model: openai/b}"),
      ["duplicate-name at model_providers[1].name"],
    ],
    [
      "a model given again",
      withProviders("{name: x, model: openai/a}", "{name: y, model: openai/a}"),
      ["duplicate-model at model_providers[1].model"],
    ],
    [
      "a model id given again",
      withProviders("{model: openai/a}", "{model: mistral/a}"),
      ["duplicate-model at model_providers[1].model"],
    ],
    [
      "an unknown provider",
      withProviders("{model: opnai/a}"),
      ["unknown-provider at model_providers[0].model"],
    ],
    [
      "an unknown provider without interface",
      withProviders("{model: mine/a, base_url: 'http://h'}"),
      ["unknown-provider at model_providers[0].model"],
    ],
    [
      "a known provider with interface",
      withProviders("{model: openai/a, provider_interface: openai}"),
      ["interface-given at model_providers[0].provider_interface"],
    ],
    [
      "an unknown interface",
      withProviders("{model: mine/a, base_url: 'http://h', provider_interface: opnai}"),
      ["unknown-interface at model_providers[0].provider_interface"],
    ],
    [
      "no address where one is needed",
      withProviders("{model: ollama/llama3.1}"),
      ["base-url-missing at model_providers[0]"],
    ],
    [
      "an address without scheme",
      withProviders("{model: ollama/a, base_url: 'localhost:11434'}"),
      ["base-url at model_providers[0].base_url"],
    ],
    [
      "an address of another scheme",
      withProviders("{model: ollama/a, base_url: 'ftp://h'}"),
      ["base-url at model_providers[0].base_url"],
    ],
    [
      "an address without host",
      withProviders("{model: ollama/a, base_url: 'http://'}"),
      ["base-url at model_providers[0].base_url"],
    ],
    [
      "an address with a query",
      withProviders("{model: ollama/a, base_url: 'http://h/?k=v'}"),
      ["base-url at model_providers[0].base_url"],
    ],
    [
      "a custom wildcard with a name of its own",
      withProviders("{model: mine/*, name: x, base_url: 'http://h', provider_interface: openai}"),
      ["wildcard at model_providers[0].name"],
    ],
    [
      "an alias without model",
      withProvider("model_aliases: {fast: {target: gpt-5}}"),
      ["alias-target at model_aliases.fast.target"],
    ],
    [
      "half a reference",
      withProviders("{model: openai/a, access_key: 'sk-$NAME'}"),
      ["access-key at model_providers[0].access_key"],
    ],
    [
      "a header name with a blank",
      withProviders("{model: openai/a, headers: {'a b': c}}"),
      ['header at model_providers[0].headers["a b"]'],
    ],
    [
      "a header value of two lines",
      withProviders('{model: openai/a, headers: {a: "b\\nc"}}'),
      ["header at model_providers[0].headers.a"],
    ],
    [
      "a header of the framing",
      withProviders("{model: openai/a, headers: {Content-Length: '3'}}"),
      ["header at model_providers[0].headers.Content-Length"],
    ],
    [
      "headers of the connection",
      withProviders("{model: openai/a, headers: {HOST: h, X-Host: h, te: trailers}}"),
      ["header at model_providers[0].headers.HOST", "header at model_providers[0].headers.te"],
    ],
  ])("%s", (_, text, expected) => {
    expect(summaries(text)).toEqual(expected);
  });

  const unknown = "{model: opnai/gpt-4o, access_key: $K}";
  const aliases = "model_aliases: {fast: {target: gpt-5}, slow: {target: 5}}\n";

  test.each([
    [
      "an entry that is none",
      withProviders(unknown, "{access_key: $K}"),
      ["unknown-provider at model_providers[0].model", "missing-key at model_providers[1]"],
    ],
    [
      "another type",
      withProviders(unknown, "{model: openai/a, headers: [a]}", '{model: mistral/b, default: "yes"}'),
      [
        "unknown-provider at model_providers[0].model",
        "type at model_providers[1].headers",
        "type at model_providers[2].default",
      ],
    ],
    [
      "a type that the rule asks for",
      withProviders("{model: mine/a, base_url: 5, provider_interface: openai}", "{model: ollama/b}"),
      ["type at model_providers[0].base_url", "base-url-missing at model_providers[1]"],
    ],
    [
      "another alias",
      withProvider(aliases),
      ["alias-target at model_aliases.fast.target", "type at model_aliases.slow.target"],
    ],
    [
      "what no alias refers to",
      `${withProviders("{model: openai/a, headers: [a]}")}${aliases}`,
      [
        "type at model_providers[0].headers",
        "alias-target at model_aliases.fast.target",
        "type at model_aliases.slow.target",
      ],
    ],
    [
      "what an alias may refer to",
      `${withProviders("{model: openai/a, name: 5}")}${aliases}`,
      ["type at model_providers[0].name", "type at model_aliases.slow.target"],
    ],
  ])("the shape of %s hides no errors", (_, text, expected) => {
    expect(summaries(text)).toEqual(expected);
  });

  test.each([
    [
      "a usual port",
      `${withProvider("listeners: [{type: model, name: a, port: x}, {type: prompt, name: b, port: 12000}]")}`,
      ["type at listeners[0].port"],
    ],
    [
      "a usual port, in the older form",
      withProvider("listeners: {egress_traffic: {port: x}, ingress_traffic: {port: 12000}}"),
      ["type at listeners.egress_traffic.port"],
    ],
    [
      "a usual name",
      withProviders("{model: openai/a, name: [x]}", "{model: mistral/b, name: openai/a}"),
      ["type at model_providers[0].name"],
    ],
    [
      "the model of a route",
      `version: v0.3.0
model_providers: [{model: 5, name: main}, {model: openai/a}]
routing: {llm_provider: main}
`,
      ["type at model_providers[0].model"],
    ],
    [
      "the model of a route, which has a wrong shape",
      `${withProvider("routing: {llm_provider: [main], model: {}}")}`,
      ["type at routing.llm_provider", "type at routing.model"],
    ],
    [
      "a type that a key belongs to",
      withProvider("filters: [{id: a, url: http://h, type: [mcp], tool: t}]"),
      ["not-allowed at filters[0].type"],
    ],
  ])("%s is not wrong because another key has the wrong shape", (_, text, expected) => {
    expect(summaries(text)).toEqual(expected);
  });

  test("messages keep the words that existing tools look for", () => {
    const messages = errorsOf(
      withProviders(
        "{name: x, model: openai/a}",
        "{name: x, model: mistral/a, provider_interface: mistral}",
        "{model: mine/b}",
      ),
    ).map(({ message }) => message);
    for (const words of [
      "Duplicate model_provider name",
      "Duplicate model_id",
      "Please provide provider interface as part of model name",
      "Must provide base_url and provider_interface",
    ]) {
      expect(messages.join("\n")).toContain(words);
    }
  });

  test.each([
    [
      "a key beside passthrough_auth",
      "{model: openai/a, access_key: $K, passthrough_auth: true}",
      "key-ignored",
    ],
    ["a key in the file", "{model: openai/a, access_key: abc}", "key-in-file"],
    ["no key at all", "{model: openai/a}", "no-key"],
  ])("%s is a warning", (_, entry, code) => {
    const result = compileGatewayConfig(withProviders(entry));
    expect([result.ok, result.warnings.map((warning) => warning.code)]).toEqual([true, [code]]);
  });
});
