import { stringify } from "yaml";
import type { AwsCredentials, GatewayConfig, ModelProvider, Overrides } from "../gateway-config.ts";

/** Version of the configuration language that the data plane reads. */
const renderedVersion = "v0.4.0";

/** The text that the data plane loads: every default spelled out, references left as references. */
export function renderCompiled(config: GatewayConfig): string {
  return stringify(compiledTree(config), { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" });
}

function compiledTree(config: GatewayConfig): object {
  const aliases = Object.entries(config.aliases).map(([name, target]) => [name, { target }]);
  return withoutUndefined({
    version: renderedVersion,
    listeners: config.listeners.map(({ name, address, port, timeout }) => ({
      name,
      type: "model",
      address,
      port,
      timeout_ms: timeout,
    })),
    metrics: { address: config.metrics.address, port: config.metrics.port },
    model_providers: config.providers.map(providerTree),
    model_aliases: aliases.length === 0 ? undefined : Object.fromEntries(aliases),
    tracing: config.tracing && { random_sampling: config.tracing.randomSampling },
    overrides: overridesTree(config.overrides),
  });
}

function providerTree(provider: ModelProvider): object {
  return withoutUndefined({
    name: provider.name,
    model: provider.model,
    provider_interface: provider.providerInterface,
    default: provider.isDefault || undefined,
    access_key: provider.accessKey,
    passthrough_auth: provider.passthroughAuth || undefined,
    base_url: provider.baseUrl,
    headers: Object.keys(provider.headers).length === 0 ? undefined : provider.headers,
    aws: provider.aws && awsTree(provider.aws),
  });
}

function awsTree(aws: AwsCredentials): object {
  return withoutUndefined({
    region: aws.region,
    access_key_id: aws.accessKeyId,
    secret_access_key: aws.secretAccessKey,
    session_token: aws.sessionToken,
  });
}

function overridesTree(overrides: Overrides): object {
  return withoutUndefined({
    max_request_body_bytes: overrides.maxRequestBodyBytes,
    drain_timeout_ms: overrides.drainTimeout,
    upstream_connect_timeout_ms: overrides.upstreamConnectTimeout,
    upstream_first_byte_timeout_ms: overrides.upstreamFirstByteTimeout,
    upstream_idle_timeout_ms: overrides.upstreamIdleTimeout,
    upstream_tls_ca_path: overrides.upstreamTlsCaPath,
    on_unsupported: overrides.onUnsupported,
    fetch_media: overrides.fetchMedia,
  });
}

function withoutUndefined(tree: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}
