import { expect, test } from "vitest";
import providersFile from "../../../../config/providers.json" with { type: "json" };
import { compileGatewayConfig, LOCAL_AGENT_PROVIDER_INTERFACES, requiredVariables } from "./index.ts";

function configOf(rest: string, provider = "{model: openai/gpt-4o, access_key: $OPENAI_API_KEY}") {
  const result = compileGatewayConfig(`version: v0.4.0\nmodel_providers: [${provider}]\n${rest}`);
  if (!result.ok) throw new Error(result.errors.map(({ message }) => message).join("\n"));
  return result.config;
}

test.each([
  ["host", "http", "host", 80],
  ["host", "https", "host", 443],
  ["host:8080", "http", "host", 8080],
  ["https://host", "http", "host", 443],
  ["http://host:1/", "https", "host", 1],
  ["'[::1]:9'", "http", "::1", 9],
])("an endpoint %s over %s is at %s:%i", (endpoint, protocol, host, port) => {
  expect(
    configOf(`endpoints: {e: {endpoint: ${endpoint}, protocol: ${protocol}}}`).endpoints.e,
  ).toMatchObject({
    host,
    port,
  });
});

test("the variables of every part are required, each with what needs it", () => {
  const config = configOf(`
endpoints: {e: {endpoint: host}}
prompt_targets:
  - {name: target, description: d, endpoint: {name: e, path: /, http_headers: {Authorization: Bearer $TARGET_KEY}}}
tracing:
  opentracing_grpc_endpoint: http://$COLLECTOR:4317
  exporters: [{type: posthog, url: "https://h", api_key: $EXPORTER_KEY}]
state_storage: {type: postgres, connection_string: "postgresql://u:$DB_PASSWORD@h/d"}
routing: {session_cache: {type: redis, url: "redis://:$CACHE_PASSWORD@h"}}
`);
  expect(requiredVariables(config)).toEqual([
    { name: "OPENAI_API_KEY", usedBy: ["openai/gpt-4o"] },
    { name: "TARGET_KEY", usedBy: ["target"] },
    { name: "COLLECTOR", usedBy: ["tracing.opentracing_grpc_endpoint"] },
    { name: "EXPORTER_KEY", usedBy: ["tracing.exporters[0]"] },
    { name: "DB_PASSWORD", usedBy: ["state_storage.connection_string"] },
    { name: "CACHE_PASSWORD", usedBy: ["routing.session_cache.url"] },
  ]);
});

const agentListener =
  "agents: [{id: a, url: 'http://a'}]\nlisteners: [{type: agent, name: l, port: 8001, agents: [{id: a, description: d}]}]";
const preferences = "routing_preferences: [{name: n, description: d, models: [gpt-4o]}]";

test.each([
  ["nothing of that kind", "", []],
  ["preferences", preferences, ["plano-orchestrator Plano-Orchestrator"]],
  ["an agent listener", agentListener, ["plano/orchestrator Plano-Orchestrator"]],
  ["both, with one model", `${preferences}\n${agentListener}`, ["plano-orchestrator Plano-Orchestrator"]],
  [
    "both, with two models",
    `${preferences}\n${agentListener}\noverrides: {llm_routing_model: plano/Other}`,
    ["plano-orchestrator Other", "plano/orchestrator Plano-Orchestrator"],
  ],
  ["a model of the file's own", `${preferences}\noverrides: {llm_routing_model: openai/gpt-4o}`, []],
  ["prompt targets", "prompt_targets: [{name: t, description: d}]", ["arch-function Arch-Function"]],
])("the gateway's own models with %s", (_, rest, expected) => {
  const internal = configOf(rest).providers.filter(({ isInternal }) => isInternal);
  expect(internal.map(({ name, model }) => `${name} ${model}`)).toEqual(expected);
});

test.each([
  ["{model: claude-cli/*}", ["claude-cli"]],
  ["{model: ' claude-cli/opus'}", ["claude-cli"]],
  ["{model: mine/opus, provider_interface: claude-cli}", ["claude-cli"]],
])("%s runs a program on this machine", (provider, interfaces) => {
  const config = configOf("", provider);
  expect(config.providers.map(({ providerInterface }) => providerInterface)).toEqual(interfaces);
  expect(config.localAgents).toMatchObject({ permissionMode: "bypassPermissions", maxConcurrent: 4 });
});

test("programs work in the folder of the file, unless it says otherwise", () => {
  const folderOf = (rest: string) => {
    const text = `version: v0.4.0\nmodel_providers: [{model: claude-cli/*}]\n${rest}`;
    const result = compileGatewayConfig(text, { folder: "/home/me" });
    return result.ok && result.config.localAgents?.workingDirectory;
  };
  expect(folderOf("")).toBe("/home/me");
  expect(folderOf("local_agents: {working_directory: code}")).toBe("/home/me/code");
  expect(folderOf("local_agents: {working_directory: /srv}")).toBe("/srv");
});

test.each(["base_url: 'http://h'", "http_host: h", "headers: {a: b}", "passthrough_auth: true"])(
  "%s does not apply to a program",
  (key) => {
    const result = compileGatewayConfig(
      `version: v0.4.0\nmodel_providers: [{model: claude-cli/*, ${key}}]\n`,
    );
    expect(result).toMatchObject({ ok: false, errors: [{ code: "local-agent-key" }] });
  },
);

test.each(["anthropic/claude-sonnet-4-6", "chatgpt/gpt-5-codex", "vercel/claude-cli/x"])(
  "%s is reached over the network",
  (model) => {
    const result = compileGatewayConfig(
      `version: v0.4.0\nmodel_providers: [{model: ${model}, access_key: $K}]\n`,
    );
    expect(result).toMatchObject({ ok: true, unserved: [], config: { localAgents: undefined } });
  },
);

test("the constant has every program of the table of providers", () => {
  const programs = providersFile.providers.filter((entry) => "local_agent" in entry).map(({ id }) => id);
  expect(LOCAL_AGENT_PROVIDER_INTERFACES).toEqual(programs);
});

test("an unserved key of a provider does not change the others", () => {
  expect(configOf("", "{model: openai/a, access_key: $K, http_host: h}").providers[0]).toMatchObject({
    httpHost: "h",
    model: "a",
  });
});
