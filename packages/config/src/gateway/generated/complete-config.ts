// biome-ignore-all format: generated
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: generated
// Generated from config/plano_config_schema.yaml by `npm run generate`. Do not edit.

/**
 * A Plano gateway configuration file.
 */
export interface CompleteConfig {
  /**
   * Version of the configuration language. Older ones are read as v0.4.0.
   */
  version: "v0.1" | "v0.1.0" | "0.1-beta" | "0.2.0" | "v0.3.0" | "v0.4.0";
  /**
   * Where the gateway listens. A list, or the older object with egress_traffic. Without a model listener, there is one on 127.0.0.1:12000.
   */
  listeners: Listener[];
  /**
   * The model providers that requests may be sent to.
   */
  model_providers: ModelProvider[];
  /**
   * Names that clients may use in place of a model.
   */
  model_aliases: {
    [k: string]: ModelAlias;
  };
  /**
   * What is traced, and where spans are sent.
   */
  tracing?: {
    /**
     * Share of requests to trace, in percent.
     */
    random_sampling: number;
    /**
     * Trace the gateway's own calls as well.
     */
    trace_arch_internal?: boolean;
    /**
     * OTLP collector (gRPC) that spans are sent to, by http or https; http://localhost:4317 where none is named. May hold $NAME references.
     */
    opentracing_grpc_endpoint?: string;
    /**
     * Attributes added to every span.
     */
    span_attributes?: {
      /**
       * Request headers whose names begin with one of these become attributes.
       */
      header_prefixes?: string[];
      /**
       * Attributes that are the same on every span. One that a span has of its own stays as it is.
       */
      static: {
        [k: string]: string;
      };
    };
    /**
     * Further places that spans are sent to.
     */
    exporters?: SpanExporter[];
  };
  /**
   * Limits, time-outs and models that differ from their defaults.
   */
  overrides: {
    /**
     * Largest request body accepted, in bytes; a larger one is answered 413.
     */
    max_request_body_bytes: number;
    /**
     * How long running streams may go on after a stop was asked for.
     */
    drain_timeout: string | number;
    /**
     * Longest wait for a connection to a provider, TLS included.
     */
    upstream_connect_timeout: string | number;
    /**
     * Longest wait for the first byte of a provider's reply.
     */
    upstream_first_byte_timeout: string | number;
    /**
     * Longest silence within a provider's reply.
     */
    upstream_idle_timeout: string | number;
    /**
     * File of PEM certificates that are trusted besides the system's own.
     */
    upstream_tls_ca_path?: string;
    /**
     * What happens to parts of a request that the chosen provider has no place for. warn leaves them out and names them in the reply's x-plano-dropped header and in the log, reject answers 400, drop leaves them out in silence.
     */
    on_unsupported: "warn" | "reject" | "drop";
    /**
     * Whether images and documents that a request names by URL are fetched for providers that take them inline only. public fetches from public addresses only, any also from private ones, off answers 400.
     */
    fetch_media: "public" | "any" | "off";
    /**
     * How sure the match of a prompt to a prompt target must be, from 0 to 1.
     */
    prompt_target_intent_matching_threshold?: number;
    /**
     * Shorten the conversation that prompt targets are chosen by.
     */
    optimize_context_window?: boolean;
    /**
     * Send what no prompt target matches to the one endpoint, an agent.
     */
    use_agent_orchestrator?: boolean;
    /**
     * Do not look for signals such as frustration or repetition in conversations.
     */
    disable_signals?: boolean;
    /**
     * Model that chooses among routing_preferences, as provider/model or the id of one at Plano's own service.
     */
    llm_routing_model?: string;
    /**
     * Model that chooses among agents, as provider/model or the id of one at Plano's own service.
     */
    agent_orchestration_model?: string;
    /**
     * Longest input of these two models, in tokens.
     */
    orchestrator_model_context_length?: number;
  };
  /**
   * How the programs of local-agent providers, such as claude-cli, are run on this machine.
   */
  local_agents: {
    /**
     * The folder that they work in. A relative path starts from the folder of the configuration file, which is also the default.
     */
    working_directory: string;
    /**
     * What they may do without asking, as claude --permission-mode has it. There is nobody to ask, so that what needs a permission is refused to them.
     */
    permission_mode: "acceptEdits" | "auto" | "bypassPermissions" | "default" | "dontAsk" | "manual" | "plan";
    /**
     * How many run at a time.
     */
    max_concurrent: number;
    /**
     * How many further requests wait for one of them to end; more are answered 429.
     */
    max_waiting: number;
    /**
     * Longest wait for the beginning of an answer, the wait for a place included.
     */
    first_event_timeout: string | number;
    /**
     * Longest silence within a run.
     */
    idle_timeout: string | number;
    /**
     * Longest run.
     */
    total_timeout: string | number;
  };
  /**
   * Agents that are reached by HTTP.
   */
  agents?: Agent[];
  /**
   * Services that requests or replies pass through.
   */
  filters?: Filter[];
  /**
   * Named HTTP services that prompt targets call.
   */
  endpoints?: {
    [k: string]: Endpoint;
  };
  /**
   * Use of the providers' prompt caches.
   */
  prompt_caching?: {
    /**
     * Whether any of this happens.
     */
    enabled: boolean;
    /**
     * Keep a conversation on the model whose cache is warm.
     */
    session_affinity: boolean;
    /**
     * Add the markers that some providers want before they cache.
     */
    inject_cache_control: boolean;
    /**
     * Shortest beginning of a conversation that markers are added to, in tokens.
     */
    min_prefix_tokens: number;
    /**
     * How long a conversation without a request is taken to be cached, in seconds.
     */
    session_ttl_seconds?: number;
  };
  /**
   * System prompt of prompt targets that have none of their own.
   */
  system_prompt?: string;
  /**
   * Calls that prompts are matched to.
   */
  prompt_targets?: PromptTarget[];
  /**
   * How many tokens of a model a client may use in a span of time.
   */
  ratelimits?: RateLimit[];
  /**
   * How a route is chosen and kept for a session.
   */
  routing?: {
    /**
     * How long a session without a request keeps its route, in seconds.
     */
    session_ttl_seconds: number;
    /**
     * How many sessions are kept at most.
     */
    session_max_entries: number;
    /**
     * Choose a route for what a user says only, not for the results of tools.
     */
    route_on_user_only: boolean;
    /**
     * Where sessions are kept.
     */
    session_cache: {
      /**
       * memory is that of this process; redis is shared by several.
       */
      type: "memory" | "redis";
      /**
       * Address of Redis, such as redis://localhost:6379. May contain $NAME references.
       */
      url?: string;
      /**
       * Request header that keeps the sessions of tenants apart.
       */
      tenant_header?: string;
    };
    /**
     * What a change of model within a session may cost.
     */
    routing_budget?: {
      /**
       * Share of what the session would cost that may be spent on changes, in percent.
       */
      max_switch_spend_pct: number;
      /**
       * Begin anew when a cold session gets a model.
       */
      replenish_on_rebind: boolean;
      /**
       * Price of a cached input token as a share of an uncached one, where the price list has none.
       */
      cache_read_discount: number;
      /**
       * Name the refused route in the trace.
       */
      record_counterfactual: boolean;
    };
  };
  /**
   * Where the conversations of the responses API are kept.
   */
  state_storage?: {
    /**
     * memory is that of this process; postgres outlives it and is shared.
     */
    type: "memory" | "postgres";
    /**
     * Address of the database, required for postgres. May contain $NAME references.
     */
    connection_string?: string;
  };
  /**
   * Checks of incoming prompts.
   */
  prompt_guards?: {
    /**
     * Checks of what users say.
     */
    input_guards?: {
      /**
       * Check for attempts to talk a model out of its instructions.
       */
      jailbreak: {
        /**
         * What happens then.
         */
        on_exception: {
          /**
           * What the user is told.
           */
          message: string;
        };
      };
    };
  };
  /**
   * Which models serve which kind of request.
   */
  routing_preferences?: RoutingPreference[];
  /**
   * Where the cost and the latency of models are read from.
   */
  model_metrics_sources?: ModelMetricsSource[];
}
/**
 * One listener.
 */
export interface Listener {
  /**
   * What the listener serves. model, the model APIs; prompt, prompt targets before them; agent, agents.
   */
  type: "model" | "prompt" | "agent";
  /**
   * Name of the listener, for logs and status.
   */
  name: string;
  /**
   * IP address to listen on.
   */
  address: string;
  /**
   * TCP port to listen on. Default 12000 for models, 10000 for prompts; agents need one.
   */
  port?: number;
  /**
   * Longest wait for an answer to begin; a stream may last longer. Default 300s, for agents 30s.
   */
  timeout: string | number;
  /**
   * What chooses among the agents of the listener.
   */
  router?: "plano_orchestrator_v1";
  /**
   * How often a failed call of a provider is tried again.
   */
  max_retries?: number;
  /**
   * Agents behind a listener of type agent.
   */
  agents?: ListenerAgent[];
  /**
   * Ids of the filters that requests pass through, in order.
   */
  input_filters?: string[];
  /**
   * Ids of the filters that replies pass through, in order.
   */
  output_filters?: string[];
}
/**
 * An agent behind a listener.
 */
export interface ListenerAgent {
  /**
   * Id of an entry of agents.
   */
  id: string;
  /**
   * What the agent is good for; the router chooses by it.
   */
  description: string;
  /**
   * Gets the requests that suit no other.
   */
  default: boolean;
  /**
   * Ids of the filters that requests to this agent pass through, in order.
   */
  input_filters: string[];
}
/**
 * One model of one provider, or all its models.
 */
export interface ModelProvider {
  /**
   * provider/model, or provider/* for every model of the provider.
   */
  model: string;
  /**
   * Unique name of the entry. Default is the value of model.
   */
  name: string;
  /**
   * Key sent to the provider. $NAME or ${NAME} refers to an environment variable.
   */
  access_key?: string;
  /**
   * Where the provider is reached, if not at its usual address.
   */
  base_url?: string;
  /**
   * Which known provider an unknown one behaves like; needs base_url. claude-cli runs Claude Code on this machine instead.
   */
  provider_interface?: string;
  /**
   * Serves requests that name no model. A model that is not configured is answered 400.
   */
  default: boolean;
  /**
   * Send the client's own credentials to the provider.
   */
  passthrough_auth: boolean;
  /**
   * Headers added to every request to the provider. A value may contain $NAME or ${NAME}.
   */
  headers: {
    /**
     * Value of the header.
     */
    [k: string]: string;
  };
  /**
   * Signs requests to amazon_bedrock with AWS Signature Version 4 instead of sending a key. Each value may be a $NAME reference.
   */
  aws?: {
    /**
     * AWS region, such as eu-central-1.
     */
    region: string;
    /**
     * Id of the access key.
     */
    access_key_id: string;
    /**
     * The access key's secret.
     */
    secret_access_key: string;
    /**
     * Token of temporary credentials.
     */
    session_token?: string;
  };
  /**
   * Host header of requests to the provider. Default is the host of base_url.
   */
  http_host?: string;
}
/**
 * What the alias stands for.
 */
export interface ModelAlias {
  /**
   * A model id or provider/model of model_providers.
   */
  target: string;
}
/**
 * A place that spans are sent to.
 */
export interface SpanExporter {
  /**
   * What it is.
   */
  type: "posthog";
  /**
   * Where it is reached.
   */
  url: string;
  /**
   * Key of the project. $NAME or ${NAME} refers to an environment variable.
   */
  api_key: string;
  /**
   * Request header that tells users apart.
   */
  distinct_id_header?: string;
  /**
   * Send the beginnings of messages along.
   */
  capture_messages: boolean;
}
/**
 * An agent that speaks one of the model APIs.
 */
export interface Agent {
  /**
   * What listeners call it; unique among agents, filters and endpoints.
   */
  id: string;
  /**
   * Where it is reached.
   */
  url: string;
}
/**
 * A service that requests or replies pass through.
 */
export interface Filter {
  /**
   * What listeners call it; unique among agents, filters and endpoints.
   */
  id: string;
  /**
   * Where it is reached.
   */
  url: string;
  /**
   * mcp, a tool of an MCP server; http, a POST of the body.
   */
  type: "mcp" | "http";
  /**
   * How the MCP server is spoken to.
   */
  transport: "streamable-http";
  /**
   * Name of the MCP tool. Default is the id.
   */
  tool?: string;
}
/**
 * A named HTTP service.
 */
export interface Endpoint {
  /**
   * host or host:port. Default port 80, for https 443.
   */
  endpoint: string;
  /**
   * How it is spoken to.
   */
  protocol: "http" | "https";
  /**
   * Longest wait for a connection. Default is overrides.upstream_connect_timeout.
   */
  connect_timeout?: string | number;
  /**
   * Host header of requests to it. Default is the host.
   */
  http_host?: string;
  /**
   * Send conversations that begin alike to the same one of its addresses.
   */
  prefix_affinity: boolean;
}
/**
 * A call that prompts are matched to.
 */
export interface PromptTarget {
  /**
   * Name of the call, as models see it.
   */
  name: string;
  /**
   * What it is for, as models see it.
   */
  description: string;
  /**
   * Gets the prompts that match no other.
   */
  default: boolean;
  /**
   * Whether a model answers with what the call returned; otherwise that is the answer.
   */
  auto_llm_dispatch_on_response: boolean;
  /**
   * System prompt in place of the file's.
   */
  system_prompt?: string;
  /**
   * What the call takes.
   */
  parameters: PromptTargetParameter[];
  endpoint?: PromptTargetEndpoint;
}
/**
 * A parameter of a prompt target.
 */
export interface PromptTargetParameter {
  /**
   * Name of the parameter.
   */
  name: string;
  /**
   * What it means, as models see it.
   */
  description: string;
  /**
   * Its type, such as string, int, float, bool, list or dict.
   */
  type: string;
  /**
   * Whether a call without it makes no sense.
   */
  required: boolean;
  /**
   * What it is when a prompt does not say.
   */
  default?: string | number | boolean;
  /**
   * What it may be.
   *
   * @minItems 1
   */
  enum?: (string | number | boolean)[];
  /**
   * Whether it stands in the path of the endpoint, as {name}.
   */
  in_path: boolean;
  /**
   * How it is written, as models see it.
   */
  format?: string;
}
/**
 * What is called.
 */
export interface PromptTargetEndpoint {
  /**
   * An entry of endpoints.
   */
  name: string;
  /**
   * Path of the call, with {name} where a parameter stands.
   */
  path: string;
  /**
   * Method of the call.
   */
  http_method: "GET" | "POST";
  /**
   * Headers of the call. A value may contain $NAME or ${NAME}.
   */
  http_headers: {
    /**
     * Value of the header.
     */
    [k: string]: string;
  };
}
/**
 * A limit of one model.
 */
export interface RateLimit {
  /**
   * An entry of model_providers.
   */
  model: string;
  /**
   * Whose tokens are counted together.
   */
  selector: {
    /**
     * Name of a request header.
     */
    key: string;
    /**
     * Value of the header, or * for each value by itself.
     */
    value: string;
  };
  /**
   * How many tokens.
   */
  limit: {
    /**
     * Number of tokens.
     */
    tokens: number;
    /**
     * In which span of time.
     */
    unit: "second" | "minute" | "hour" | "day";
  };
}
/**
 * Models for a kind of request.
 */
export interface RoutingPreference {
  /**
   * Name of the kind of request.
   */
  name: string;
  /**
   * What such requests are like; the routing model chooses by it.
   */
  description: string;
  /**
   * Entries of model_providers, the best first.
   *
   * @minItems 1
   */
  models: string[];
  /**
   * How the models are put in order.
   */
  selection_policy: {
    /**
     * cheapest and fastest go by model_metrics_sources, none by the order above.
     */
    prefer: "cheapest" | "fastest" | "none";
  };
}
/**
 * A source of the cost or the latency of models.
 */
export interface ModelMetricsSource {
  /**
   * What is read from it.
   */
  type: "cost" | "latency";
  /**
   * digitalocean and models.dev have costs, prometheus has latencies.
   */
  provider: "digitalocean" | "models.dev" | "prometheus";
  /**
   * Where it is reached. Required for prometheus; the others have a usual address.
   */
  url?: string;
  /**
   * Query of prometheus whose results are labelled model_name; required there.
   */
  query?: string;
  /**
   * How often it is read again, in seconds. Without it, once.
   */
  refresh_interval?: number;
  /**
   * Name in a source of costs → provider/model here.
   */
  model_aliases: {
    [k: string]: string;
  };
}
