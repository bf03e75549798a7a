import { expect, test } from "vitest";
import { parse } from "yaml";
import { compileGatewayConfig, renderCompiled, renderEnvoy } from "./index.ts";

const deployment = {
  filters: { llmGateway: "/filters/llm_gateway.wasm", promptGateway: "/filters/prompt_gateway.wasm" },
  brightstaff: { address: "127.0.0.1", port: 9091 },
  admin: { address: "127.0.0.1", port: 9901 },
  discoveryFolder: "/discovery",
  logFolder: "/logs",
  caFile: "/etc/ssl/certs/ca-certificates.crt",
};

interface Cluster {
  readonly name: string;
  readonly load_assignment: {
    readonly endpoints: readonly [
      {
        readonly lb_endpoints: readonly [
          {
            readonly endpoint: {
              readonly address: { readonly socket_address: { readonly address: string } };
            };
          },
        ];
      },
    ];
  };
}

/** A provider at an address: what the data plane reads of it, and Envoy's cluster for it. */
function settled(baseUrl: string, variables: Readonly<Record<string, string>> = {}) {
  const result = compileGatewayConfig(`
version: v0.4.0
listeners: [{name: a, type: model, port: 12000}]
model_providers: [{model: ollama/llama3, base_url: "${baseUrl}"}]
`);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const compiled: { model_providers: [{ base_url: string }] } = parse(renderCompiled(result.config));
  const envoy: { static_resources: { clusters: [Cluster] } } = parse(
    renderEnvoy(result.config, { deployment, variables }),
  );
  const [cluster] = envoy.static_resources.clusters;
  const [{ endpoint }] = cluster.load_assignment.endpoints[0].lb_endpoints;
  return {
    url: compiled.model_providers[0].base_url,
    cluster: cluster.name,
    address: endpoint.address.socket_address.address,
  };
}

test.each([
  [
    "https://MyResource.openai.azure.com",
    "https://myresource.openai.azure.com",
    "https://myresource.openai.azure.com:443",
    "myresource.openai.azure.com",
  ],
  ["HTTP://LOCALHOST:12202/V1/", "http://localhost:12202/V1/", "http://localhost:12202", "localhost"],
  ["http://[::1]:12299/v1", "http://[::1]:12299/v1", "http://::1:12299", "::1"],
  ["http://[0:0::0:1]:12299", "http://[::1]:12299", "http://::1:12299", "::1"],
  ["http://127.1:12202/v1", "http://127.0.0.1:12202/v1", "http://127.0.0.1:12202", "127.0.0.1"],
  [
    "http://münchen.example/",
    "http://xn--mnchen-3ya.example/",
    "http://xn--mnchen-3ya.example:80",
    "xn--mnchen-3ya.example",
  ],
  ["https://a.example:443/v1", "https://a.example/v1", "https://a.example:443", "a.example"],
  ["http://A.example:80/$TENANT", "http://a.example/$TENANT", "http://a.example:80", "a.example"],
])("%s is one address to the data plane and to Envoy", (written, url, cluster, address) => {
  expect(settled(written)).toEqual({ url, cluster, address });
});

test("an address from a variable is called by what the data plane finds there", () => {
  expect(settled("http://$HOST:12202/v1", { HOST: "LOCALHOST" })).toEqual({
    url: "http://$HOST:12202/v1",
    cluster: "http://LOCALHOST:12202",
    address: "localhost",
  });
  expect(settled("$URL", { URL: "http://[::1]:8000" }).cluster).toBe("http://::1:8000");
});
