import { describe, expect, test } from "vitest";
import { compileGatewayConfig, formatPath, formatProblem, requiredVariables } from "./index.ts";
import { configOf, errorsOf, summaries, withProvider, withProviders } from "./sample-configs.ts";

describe("files that are no configuration", () => {
  test.each([
    ["nothing", "", "empty"],
    ["a comment only", "# nothing\n", "empty"],
    ["a list", "- a\n", "type"],
    ["broken YAML", "version: [\n", "yaml-syntax"],
    ["a key given twice", "version: v0.4.0\nversion: v0.4.0\n", "yaml-syntax"],
    ["an unknown alias", "version: *nope\n", "yaml-syntax"],
    ["100,000 levels", `a: ${"[".repeat(100_000)}`, "yaml-syntax"],
  ])("%s", (_, text, code) => {
    expect(errorsOf(text)[0]?.code).toBe(code);
  });

  test.each([
    ["nested too deeply", `version: ${"[".repeat(20_000)}${"]".repeat(20_000)}`],
    ["a second YAML document begins here; one document per file", "version: v0.4.0\n---\na: 1\n"],
  ])("%s", (message, text) => {
    expect(errorsOf(text).map((error) => error.message)).toEqual([message]);
  });

  test("keys given twice are named, with where they stood first", () => {
    const text = `version: v0.4.0
model_providers:
  - {model: mistral/large, access_key: $K}
  - model: openai/gpt-4o
    headers: {X-Team: a, X-Other: b, X-Team: c}
version: v0.4.0
`;
    expect(errorsOf(text).flatMap((error) => formatProblem(error, "config.yaml"))).toEqual([
      "config.yaml:5:38: `X-Team` is given twice, first in line 5",
      "  path: model_providers[1].headers.X-Team",
      "config.yaml:6:1: `version` is given twice, first in line 1",
      "  path: version",
    ]);
  });

  test("an alias may stand for anything, a key as well", () => {
    const text = `version: v0.4.0
model_aliases:
  &name fast: &target {target: gpt-4o}
  slow: *target
model_providers:
  - {model: openai/gpt-4o, access_key: $K, name: *name}
  - {model: openai/other, access_key: $K, headers: {*name : x}}
`;
    const { aliases, providers } = configOf(text);
    expect(aliases).toEqual({ fast: "gpt-4o", slow: "gpt-4o" });
    expect(providers).toMatchObject([{ name: "fast" }, { headers: { fast: "x" } }]);
  });

  test("an alias that unfolds without end is refused", () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `l${level + 1}: &l${level + 1} [${`*l${level},`.repeat(9)}]`,
    );
    expect(errorsOf(`l0: &l0 [x]\n${levels.join("\n")}\n`)[0]?.code).toBe("yaml-syntax");
  });
});

describe("the written shape", () => {
  test("all errors are told at once, each with its place, value and what was meant", () => {
    const text = `version: v0.3.0
listeners:
  egress_traffic:
    prot: 12000
model_providers:
  - name: openai-main
    model: openai/gpt-4o
    acess_key: $OPENAI_API_KEY
    rate: 5
overrides: {drain_timout: 5s}
model_aliases: {fast: {target: gpt-4}}
`;
    const lines = errorsOf(text).flatMap((error) => formatProblem(error, "plano_config.yaml"));
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "plano_config.yaml:4:5: unknown key \`prot\`
        path: listeners.egress_traffic.prot
        value: 12000
        did you mean: port
      plano_config.yaml:8:5: unknown key \`acess_key\`
        path: model_providers[0].acess_key
        value: $OPENAI_API_KEY
        did you mean: access_key
      plano_config.yaml:9:5: unknown key \`rate\`; known here: model, name, access_key, base_url, provider_interface, default, passthrough_auth, headers, aws, http_host
        path: model_providers[0].rate
        value: 5
      plano_config.yaml:10:13: unknown key \`drain_timout\`
        path: overrides.drain_timout
        value: "5s"
        did you mean: drain_timeout
      plano_config.yaml:11:24: the target of alias "fast" is not a configured model; models: openai/gpt-4o, gpt-4o
        path: model_aliases.fast.target
        value: "gpt-4"
        did you mean: gpt-4o"
    `);
  });

  test.each([
    ["a missing version", "model_providers: []\n", ["version at (root)", "no-providers at model_providers"]],
    [
      "an unknown version",
      "version: v9\nmodel_providers: []\n",
      ["version at version", "no-providers at model_providers"],
    ],
    ["a missing model", withProviders("{name: x}"), ["missing-key at model_providers[0]"]],
    [
      "a wrong type",
      withProvider("overrides: {max_request_body_bytes: lots}"),
      ["type at overrides.max_request_body_bytes"],
    ],
    [
      "a port out of range",
      withProvider("listeners: {egress_traffic: {port: 70000}}"),
      ["out-of-range at listeners.egress_traffic.port"],
    ],
    [
      "an odd duration",
      withProvider("overrides: {drain_timeout: 5 parsecs}"),
      ["duration at overrides.drain_timeout"],
    ],
    [
      "a negative duration",
      withProvider("overrides: {drain_timeout: -5}"),
      ["out-of-range at overrides.drain_timeout"],
    ],
    [
      "a duration that is too short",
      withProvider("overrides: {upstream_idle_timeout: 0}"),
      ["duration at overrides.upstream_idle_timeout"],
    ],
    [
      "a duration that is too long",
      withProvider("overrides: {drain_timeout: 25h}"),
      ["duration at overrides.drain_timeout"],
    ],
    [
      "a sampling out of range",
      withProvider("tracing: {random_sampling: 101}"),
      ["out-of-range at tracing.random_sampling"],
    ],
    ["tracing without a value", withProvider("tracing:"), ["type at tracing"]],
    [
      "an unknown listener type",
      withProvider("listeners: [{type: modle, name: x}]"),
      ["not-allowed at listeners[0].type"],
    ],
  ])("%s", (_, text, expected) => {
    expect(summaries(text)).toEqual(expected);
  });
});

describe("parts of the language that are not served are valid and named", () => {
  function unservedOf(rest: string) {
    const result = compileGatewayConfig(withProvider(rest));
    if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
    return result.unserved.map(({ code, path }) => `${code} ${formatPath(path)}`).sort();
  }

  test.each([
    ["agents", "agents: [{id: a, url: 'http://a'}]"],
    ["filters", "filters: [{id: f, url: 'http://f'}]"],
    ["endpoints", "endpoints: {e: {endpoint: 'e:80'}}"],
    ["prompt_caching", "prompt_caching: {enabled: true}"],
    ["system_prompt", "system_prompt: be brief"],
    ["prompt_targets", "prompt_targets: [{name: t, description: d}]"],
    ["ratelimits", "ratelimits: []"],
    ["routing", "routing: {session_ttl_seconds: 5}"],
    ["state_storage", "state_storage: {type: memory}"],
    ["prompt_guards", "prompt_guards: {input_guards: {jailbreak: {on_exception: {message: stop}}}}"],
    ["routing_preferences", "routing_preferences: [{name: n, description: d, models: [gpt-4o]}]"],
    ["model_metrics_sources", "model_metrics_sources: [{type: cost, provider: models.dev}]"],
  ])("%s", (path, rest) => {
    expect(unservedOf(rest)).toEqual([`not-served ${path}`]);
  });

  test.each([
    [
      "an agent listener",
      "agents: [{id: a, url: 'http://a'}]\nlisteners: [{type: agent, name: a, port: 8001, agents: [{id: a, description: d}]}]",
      ["agents", "listeners[0].agents", "listeners[0].type"],
    ],
    ["a prompt listener", "listeners: [{type: prompt, name: p}]", ["listeners[0].type"]],
    [
      "the older prompt listener",
      "listeners: {ingress_traffic: {port: 10000}}",
      ["listeners.ingress_traffic"],
    ],
    [
      "attributes out of headers",
      "tracing: {span_attributes: {header_prefixes: [x-user-], static: {a: b}}}",
      ["tracing.span_attributes.header_prefixes"],
    ],
    [
      "tracing of the gateway's own calls",
      "tracing: {trace_arch_internal: true}",
      ["tracing.trace_arch_internal"],
    ],
    ["a routing model", "overrides: {llm_routing_model: openai/gpt-4o}", ["overrides.llm_routing_model"]],
  ])("%s", (_, rest, paths) => {
    expect(unservedOf(rest)).toEqual(paths.map((path) => `not-served ${path}`));
  });
});

test("the variables a configuration needs are named once, with all who need them", () => {
  const braced = (name: string) => ["$", "{", name, "}"].join("");
  const config = configOf(
    withProviders(
      "{name: a, model: openai/a, access_key: $ONE}",
      `{name: b, model: openai/b, access_key: "${braced("ONE")}", headers: {X-Team: "team ${braced("TWO")}"}}`,
      "{name: c, model: ollama/c, base_url: 'http://$THREE:11434'}",
      "{name: d, model: mistral/d, access_key: literal}",
      "{name: e, model: groq/e, access_key: $UNUSED, passthrough_auth: true}",
    ),
  );
  expect(requiredVariables(config)).toEqual([
    { name: "ONE", usedBy: ["a", "b"] },
    { name: "TWO", usedBy: ["b"] },
    { name: "THREE", usedBy: ["c"] },
  ]);
});

test("a relative CA path starts from the folder of the file", () => {
  const result = compileGatewayConfig(withProvider("overrides: {upstream_tls_ca_path: ca.pem}"), {
    folder: "/etc/plano",
  });
  expect(result.ok && result.config.overrides.upstreamTlsCaPath).toBe("/etc/plano/ca.pem");
});

test.each(["https://api.kimi.com/coding", "https://api.kimi.com/coding/", "https://api.kimi.com/coding/v1"])(
  "the coding plan is reached below /coding/v1 when written %s",
  (url) => {
    const [settled] = configOf(
      withProviders(`{model: moonshotai/kimi-for-coding, base_url: '${url}'}`),
    ).providers;
    expect(settled).toMatchObject({
      baseUrl: "https://api.kimi.com/coding/v1",
      headers: { "User-Agent": "KimiCLI/1.3" },
    });
  },
);
