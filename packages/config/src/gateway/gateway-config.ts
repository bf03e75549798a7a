import type { CompleteConfig, ListenerAgent, Filter as WrittenFilter } from "./generated/complete-config.ts";

/** A gateway configuration with every name settled and every default filled in. Times are milliseconds. */
export interface GatewayConfig {
  readonly listeners: readonly Listener[];
  readonly metrics: SocketAddress;
  readonly providers: readonly ModelProvider[];
  /** Alias → model id or `provider/model`. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Undefined when the file has no `tracing`. */
  readonly tracing: CompleteConfig["tracing"];
  readonly overrides: Overrides;
  /** Undefined when no provider runs a program on this machine. */
  readonly localAgents: LocalAgents | undefined;
  /** By name: those of the file, and one for each agent and filter. */
  readonly endpoints: Readonly<Record<string, Endpoint>>;
  /** The name by which the machine of providers on loopback is found, where that is another one: in a container. */
  readonly loopbackHost?: string;
  readonly sections: Sections;
}

/** Parts of a file that are used as they are written, in the order that they are rendered in. */
export const sectionKeys = [
  "agents",
  "filters",
  "routing_preferences",
  "routing",
  "model_metrics_sources",
  "prompt_caching",
  "state_storage",
  "ratelimits",
  "system_prompt",
  "prompt_targets",
  "prompt_guards",
] as const;

/** Those parts with their defaults; undefined when the file has none. */
export type Sections = Omit<Pick<CompleteConfig, (typeof sectionKeys)[number]>, "filters"> & {
  readonly filters?: readonly Filter[];
};

/** Only a tool of an MCP server has a transport and a name. */
export type Filter = Pick<WrittenFilter, "id" | "url" | "type"> &
  Partial<Pick<WrittenFilter, "transport" | "tool">>;

export interface SocketAddress {
  readonly address: string;
  readonly port: number;
}

export interface Listener extends SocketAddress {
  readonly name: string;
  readonly type: "model" | "prompt" | "agent";
  /** Longest wait for an answer to begin. */
  readonly timeout: number;
  readonly router: "plano_orchestrator_v1" | undefined;
  readonly maxRetries: number | undefined;
  readonly agents: readonly ListenerAgent[] | undefined;
  /** Ids of filters, in the order that they are passed in. */
  readonly inputFilters: readonly string[] | undefined;
  readonly outputFilters: readonly string[] | undefined;
}

/** A named HTTP service. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly protocol: "http" | "https";
  readonly httpHost: string | undefined;
  readonly connectTimeout: number | undefined;
  readonly prefixAffinity: boolean;
}

/** One model of one provider, or all its models. */
export interface ModelProvider {
  readonly name: string;
  /** The id that the provider knows the model by; `*` stands for all. */
  readonly model: string;
  /** Id of an entry of config/providers.json. */
  readonly providerInterface: string;
  readonly isDefault: boolean;
  /** Of the gateway's own use; clients are not told of it. */
  readonly isInternal: boolean;
  /** As written: a reference, or the key itself. */
  readonly accessKey: string | undefined;
  readonly passthroughAuth: boolean;
  /** As written; undefined means the provider's usual address. */
  readonly baseUrl: string | undefined;
  readonly httpHost: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests are signed with these instead of carrying a key. */
  readonly aws: AwsCredentials | undefined;
}

/** What AWS requests are signed with, as written: references, or the values themselves. */
export interface AwsCredentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

/** How programs that answer like providers are run. */
export interface LocalAgents {
  /** Undefined: the data plane's own. */
  readonly workingDirectory: string | undefined;
  readonly permissionMode: string;
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  readonly firstEventTimeout: number;
  readonly idleTimeout: number;
  readonly totalTimeout: number;
}

export interface Overrides {
  readonly maxRequestBodyBytes: number;
  readonly drainTimeout: number;
  readonly upstreamConnectTimeout: number;
  readonly upstreamFirstByteTimeout: number;
  readonly upstreamIdleTimeout: number;
  readonly upstreamTlsCaPath: string | undefined;
  /** What happens to parts of a request that a provider has no place for. */
  readonly onUnsupported: "warn" | "reject" | "drop";
  /** Whether media by URL is fetched for providers that take it inline only. */
  readonly fetchMedia: "public" | "any" | "off";
  /** How sure the match of a prompt to a prompt target must be, from 0 to 1. */
  readonly intentMatchingThreshold: number | undefined;
  readonly optimizeContextWindow: boolean | undefined;
  readonly useAgentOrchestrator: boolean | undefined;
  readonly disableSignals: boolean | undefined;
  /** Id of the model that chooses among routing preferences; there whenever there are any. */
  readonly llmRoutingModel: string | undefined;
  /** Id of the model that chooses among agents; there whenever there are any. */
  readonly agentOrchestrationModel: string | undefined;
  /** In tokens. */
  readonly orchestratorModelContextLength: number | undefined;
}
