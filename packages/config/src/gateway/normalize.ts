import { trimmedModel } from "./complete.ts";
import { parseDuration } from "./duration.ts";
import type { AwsCredentials, LocalAgents, Overrides, SocketAddress } from "./gateway-config.ts";
import type {
  CompleteConfig,
  Listener,
  ModelProvider as WrittenProvider,
} from "./generated/complete-config.ts";
import { type LocalAgentInterface, localAgentOf } from "./local-agents.ts";
import type { Path } from "./problem.ts";
import { findProvider, type KnownProvider } from "./provider-table.ts";

/** A complete configuration taken apart, not yet known to make sense. Parts keep their paths. */
export interface Draft {
  /** For the parts that are used as they are written. */
  readonly config: CompleteConfig;
  readonly listeners: readonly DraftListener[];
  readonly metrics: SocketAddress;
  readonly providers: readonly DraftProvider[];
  readonly aliases: readonly { readonly name: string; readonly target: string; readonly path: Path }[];
  readonly overrides: Overrides;
  readonly localAgents: LocalAgents;
}

export interface DraftListener {
  readonly name: string;
  readonly type: Listener["type"];
  readonly address: string;
  /** Undefined when it has to be given and is not. */
  readonly port: number | undefined;
  readonly timeout: number;
  readonly path: Path;
  readonly written: Listener;
}

export interface DraftProvider {
  readonly path: Path;
  readonly name: string;
  /** `provider/model` with blanks trimmed, as the file spells it. */
  readonly fullModel: string;
  /** The part before the first `/`; undefined when there is none. */
  readonly prefix: string | undefined;
  /** The part after the first `/`. */
  readonly modelId: string;
  readonly isWildcard: boolean;
  /** The provider that `prefix` names. */
  readonly known: KnownProvider | undefined;
  /** The provider that `provider_interface` names. */
  readonly declaredInterface:
    | { readonly written: string; readonly known: KnownProvider | undefined }
    | undefined;
  /** Set when it runs a program on this machine. */
  readonly localAgent: LocalAgentInterface | undefined;
  readonly isDefault: boolean;
  readonly accessKey: string | undefined;
  readonly passthroughAuth: boolean;
  readonly baseUrl: string | undefined;
  readonly httpHost: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly aws: AwsCredentials | undefined;
}

const loopback = "127.0.0.1";

/** Where metrics are served unless the caller says otherwise. */
export const defaultMetrics: SocketAddress = { address: loopback, port: 9092 };

/** Takes a complete configuration apart. */
export function normalize(config: CompleteConfig, metrics: SocketAddress): Draft {
  return {
    config,
    listeners: config.listeners.map((listener, index) => normalizeListener(listener, ["listeners", index])),
    metrics,
    providers: config.model_providers.map((provider, index) =>
      normalizeProvider(provider, ["model_providers", index]),
    ),
    aliases: Object.entries(config.model_aliases).map(([name, { target }]) => ({
      name,
      target,
      path: ["model_aliases", name, "target"],
    })),
    overrides: normalizeOverrides(config.overrides),
    localAgents: normalizeLocalAgents(config.local_agents),
  };
}

function normalizeListener(written: Listener, path: Path): DraftListener {
  const { name, type, address, port, timeout } = written;
  return {
    name,
    type,
    address: address === "localhost" ? loopback : address,
    port,
    timeout: milliseconds(timeout),
    path,
    written,
  };
}

function normalizeProvider(written: WrittenProvider, path: Path): DraftProvider {
  const segments = trimmedModel(written.model).split("/");
  const prefix = segments.length > 1 ? segments[0] : undefined;
  const declared = written.provider_interface;
  return {
    path,
    name: written.name,
    fullModel: segments.join("/"),
    prefix,
    modelId: segments.slice(1).join("/"),
    isWildcard: segments.at(-1) === "*",
    known: prefix === undefined ? undefined : findProvider(prefix),
    declaredInterface:
      declared === undefined ? undefined : { written: declared, known: findProvider(declared) },
    localAgent: localAgentOf(written),
    isDefault: written.default,
    accessKey: written.access_key,
    passthroughAuth: written.passthrough_auth,
    baseUrl: written.base_url,
    httpHost: written.http_host,
    headers: written.headers,
    aws: written.aws && {
      region: written.aws.region,
      accessKeyId: written.aws.access_key_id,
      secretAccessKey: written.aws.secret_access_key,
      sessionToken: written.aws.session_token,
    },
  };
}

function normalizeOverrides(written: CompleteConfig["overrides"]): Overrides {
  return {
    maxRequestBodyBytes: written.max_request_body_bytes,
    drainTimeout: milliseconds(written.drain_timeout),
    upstreamConnectTimeout: milliseconds(written.upstream_connect_timeout),
    upstreamFirstByteTimeout: milliseconds(written.upstream_first_byte_timeout),
    upstreamIdleTimeout: milliseconds(written.upstream_idle_timeout),
    upstreamTlsCaPath: written.upstream_tls_ca_path,
    onUnsupported: written.on_unsupported,
    fetchMedia: written.fetch_media,
    intentMatchingThreshold: written.prompt_target_intent_matching_threshold,
    optimizeContextWindow: written.optimize_context_window,
    useAgentOrchestrator: written.use_agent_orchestrator,
    disableSignals: written.disable_signals,
    llmRoutingModel: written.llm_routing_model,
    agentOrchestrationModel: written.agent_orchestration_model,
    orchestratorModelContextLength: written.orchestrator_model_context_length,
  };
}

function normalizeLocalAgents(written: CompleteConfig["local_agents"]): LocalAgents {
  return {
    workingDirectory: written.working_directory,
    permissionMode: written.permission_mode,
    maxConcurrent: written.max_concurrent,
    maxWaiting: written.max_waiting,
    firstEventTimeout: milliseconds(written.first_event_timeout),
    idleTimeout: milliseconds(written.idle_timeout),
    totalTimeout: milliseconds(written.total_timeout),
  };
}

/** The schema has seen to it that the text is a length of time. */
function milliseconds(written: string | number): number {
  return parseDuration(written) ?? 0;
}
