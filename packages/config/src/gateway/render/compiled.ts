import { stringify } from "yaml";
import {
  type AwsCredentials,
  type Endpoint,
  type GatewayConfig,
  type Listener,
  type LocalAgents,
  type ModelProvider,
  type Overrides,
  sectionKeys,
} from "../gateway-config.ts";
import { currentVersion } from "../older-forms/version.ts";

/** The text that the data plane loads: every default spelled out, references left as references. */
export function renderCompiled(config: GatewayConfig): string {
  return stringify(compiledTree(config), { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" });
}

/** The same as a tree. */
function compiledTree(config: GatewayConfig): object {
  const endpoints = Object.entries(config.endpoints).map(([name, entry]) => [name, endpointTree(entry)]);
  const aliases = Object.entries(config.aliases).map(([name, target]) => [name, { target }]);
  return withoutUndefined({
    version: currentVersion,
    listeners: config.listeners.map(listenerTree),
    metrics: { address: config.metrics.address, port: config.metrics.port },
    model_providers: config.providers.map(providerTree),
    model_aliases: aliases.length === 0 ? undefined : Object.fromEntries(aliases),
    tracing: config.tracing,
    overrides: overridesTree(config.overrides),
    local_agents: config.localAgents && localAgentsTree(config.localAgents),
    endpoints: endpoints.length === 0 ? undefined : Object.fromEntries(endpoints),
    loopback_host: config.loopbackHost,
    ...Object.fromEntries(sectionKeys.map((key) => [key, config.sections[key]])),
  });
}

function listenerTree(listener: Listener): object {
  return withoutUndefined({
    name: listener.name,
    type: listener.type,
    address: listener.address,
    port: listener.port,
    timeout_ms: listener.timeout,
    router: listener.router,
    max_retries: listener.maxRetries,
    agents: listener.agents,
    input_filters: listener.inputFilters,
    output_filters: listener.outputFilters,
  });
}

function endpointTree(endpoint: Endpoint): object {
  return withoutUndefined({
    host: endpoint.host,
    port: endpoint.port,
    protocol: endpoint.protocol,
    http_host: endpoint.httpHost,
    connect_timeout_ms: endpoint.connectTimeout,
    prefix_affinity: endpoint.prefixAffinity || undefined,
  });
}

function providerTree(provider: ModelProvider): object {
  return withoutUndefined({
    name: provider.name,
    model: provider.model,
    provider_interface: provider.providerInterface,
    default: provider.isDefault || undefined,
    internal: provider.isInternal || undefined,
    access_key: provider.accessKey,
    passthrough_auth: provider.passthroughAuth || undefined,
    base_url: provider.baseUrl,
    http_host: provider.httpHost,
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
    prompt_target_intent_matching_threshold: overrides.intentMatchingThreshold,
    optimize_context_window: overrides.optimizeContextWindow,
    use_agent_orchestrator: overrides.useAgentOrchestrator,
    disable_signals: overrides.disableSignals,
    llm_routing_model: overrides.llmRoutingModel,
    agent_orchestration_model: overrides.agentOrchestrationModel,
    orchestrator_model_context_length: overrides.orchestratorModelContextLength,
  });
}

function localAgentsTree(agents: LocalAgents): object {
  return withoutUndefined({
    working_directory: agents.workingDirectory,
    permission_mode: agents.permissionMode,
    max_concurrent: agents.maxConcurrent,
    max_waiting: agents.maxWaiting,
    first_event_timeout_ms: agents.firstEventTimeout,
    idle_timeout_ms: agents.idleTimeout,
    total_timeout_ms: agents.totalTimeout,
  });
}

function withoutUndefined(tree: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(tree).filter(([, value]) => value !== undefined));
}
