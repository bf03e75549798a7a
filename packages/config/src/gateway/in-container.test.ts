import { expect, test } from "vitest";
import { compileGatewayConfig } from "./compile.ts";
import { inContainer } from "./in-container.ts";

function compile(text: string) {
  const result = compileGatewayConfig(text, { folder: "/" });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return inContainer(result.config, "/etc/plano/ca.pem");
}

test("listeners and metrics are open to the engine, which publishes them", () => {
  const config = compile(`
version: v0.4.0
listeners: [{name: a, type: model, address: 127.0.0.1, port: 12000}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
`);
  expect(config.listeners).toMatchObject([{ address: "0.0.0.0", port: 12000 }]);
  expect(config.metrics.address).toBe("0.0.0.0");
});

test("a provider on this machine keeps its address, and is found by another name", () => {
  const { providers, loopbackHost } = compile(`
version: v0.4.0
listeners: [{name: a, type: model, port: 12000}]
model_providers: [{model: ollama/llama3, base_url: "https://localhost:8000/v1"}]
`);
  expect(providers[0]).toMatchObject({ baseUrl: "https://localhost:8000/v1", httpHost: undefined });
  expect(loopbackHost).toBe("host.docker.internal");
});

test("a collector, an endpoint and certificates of this machine are found", () => {
  const config = compile(`
version: v0.4.0
listeners: [{name: a, type: model, port: 12000}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
tracing: {random_sampling: 1, opentracing_grpc_endpoint: "http://localhost:4317"}
overrides: {upstream_tls_ca_path: /home/me/ca.pem}
endpoints:
  mine: {endpoint: "127.0.0.1:7000"}
  theirs: {endpoint: "api.example.com:7000"}
`);
  expect(config.tracing).toMatchObject({
    random_sampling: 1,
    opentracing_grpc_endpoint: "http://host.docker.internal:4317",
  });
  expect(config.overrides.upstreamTlsCaPath).toBe("/etc/plano/ca.pem");
  expect(config.endpoints.mine).toMatchObject({
    host: "host.docker.internal",
    port: 7000,
    httpHost: "127.0.0.1:7000",
  });
  expect(config.endpoints.theirs).toMatchObject({ host: "api.example.com", httpHost: undefined });
});

test("the collector that none has named is this machine's", () => {
  const config = compile(`
version: v0.4.0
listeners: [{name: a, type: model, port: 12000}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
tracing: {random_sampling: 1}
`);
  expect(config.tracing).toMatchObject({ opentracing_grpc_endpoint: "http://host.docker.internal:4317" });
});

test("none is named for a configuration that traces nothing", () => {
  const config = compile(`
version: v0.4.0
listeners: [{name: a, type: model, port: 12000}]
model_providers: [{model: openai/gpt-4o, access_key: $KEY}]
tracing: {random_sampling: 0}
`);
  expect(config.tracing?.opentracing_grpc_endpoint).toBeUndefined();
});
