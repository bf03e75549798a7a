// biome-ignore-all format: generated
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: generated
// Generated from config/plano_config_schema.yaml by `npm run generate`. Do not edit.

/**
 * A Plano gateway configuration file.
 */
export interface WrittenConfig {
  /**
   * Version of the configuration language. Older ones are read as v0.4.0.
   */
  version: "v0.1" | "v0.1.0" | "0.1-beta" | "0.2.0" | "v0.3.0" | "v0.4.0";
  /**
   * Where the gateway listens. A list, or the older object with egress_traffic. Without it, one model listener on 127.0.0.1:12000.
   */
  listeners?:
    | Listener[]
    | {
        egress_traffic?: TrafficListener;
        /**
         * The older spelling of a prompt listener.
         */
        ingress_traffic?: {
          [k: string]: unknown;
        };
      }
    | null;
  /**
   * The model providers that requests may be sent to.
   */
  model_providers?: ModelProvider[] | null;
  /**
   * Older name of model_providers.
   */
  llm_providers?: ModelProvider[] | null;
  /**
   * Names that clients may use in place of a model.
   */
  model_aliases?: {
    [k: string]: ModelAlias;
  } | null;
  /**
   * What is traced.
   */
  tracing?: {
    /**
     * Share of requests to trace, in percent.
     */
    random_sampling?: number;
    /**
     * Trace internal calls as well.
     */
    trace_arch_internal?: {
      [k: string]: unknown;
    };
    /**
     * OTLP collector that spans are sent to.
     */
    opentracing_grpc_endpoint?: {
      [k: string]: unknown;
    };
    /**
     * Attributes added to every span.
     */
    span_attributes?: {
      [k: string]: unknown;
    };
    /**
     * Further places that spans are sent to.
     */
    exporters?: {
      [k: string]: unknown;
    };
  };
  /**
   * Limits and time-outs that differ from their defaults.
   */
  overrides?: {
    /**
     * Largest request body accepted, in bytes; a larger one is answered 413. Default 33554432 (32 MiB).
     */
    max_request_body_bytes?: number;
    /**
     * How long running streams may go on after a stop was asked for. Default 30s.
     */
    drain_timeout?: string | number;
    /**
     * Longest wait for a connection to a provider, TLS included. Default 5s.
     */
    upstream_connect_timeout?: string | number;
    /**
     * Longest wait for the first byte of a provider's reply. Default 300s.
     */
    upstream_first_byte_timeout?: string | number;
    /**
     * Longest silence within a provider's reply. Default 300s.
     */
    upstream_idle_timeout?: string | number;
    /**
     * File of PEM certificates that are trusted besides the system's own.
     */
    upstream_tls_ca_path?: string;
    /**
     * What happens to parts of a request that the chosen provider has no place for. warn (the default) leaves them out and names them in the reply's x-plano-dropped header and in the log, reject answers 400, drop leaves them out in silence.
     */
    on_unsupported?: "warn" | "reject" | "drop";
    /**
     * Whether images and documents that a request names by URL are fetched for providers that take them inline only. public (the default) fetches from public addresses only, any also from private ones, off answers 400.
     */
    fetch_media?: "public" | "any" | "off";
    /**
     * Prompt target matching.
     */
    prompt_target_intent_matching_threshold?: {
      [k: string]: unknown;
    };
    /**
     * Prompt target context handling.
     */
    optimize_context_window?: {
      [k: string]: unknown;
    };
    /**
     * Agent orchestration.
     */
    use_agent_orchestrator?: {
      [k: string]: unknown;
    };
    /**
     * Turns conversation signals off.
     */
    disable_signals?: {
      [k: string]: unknown;
    };
    /**
     * Model that picks a route.
     */
    llm_routing_model?: {
      [k: string]: unknown;
    };
    /**
     * Model that picks agents.
     */
    agent_orchestration_model?: {
      [k: string]: unknown;
    };
    /**
     * Context length of the routing model.
     */
    orchestrator_model_context_length?: {
      [k: string]: unknown;
    };
  } | null;
  /**
   * External HTTP agents.
   */
  agents?: {
    [k: string]: unknown;
  };
  /**
   * Steps that requests or replies pass through.
   */
  filters?: {
    [k: string]: unknown;
  };
  /**
   * Named HTTP endpoints.
   */
  endpoints?: {
    [k: string]: unknown;
  };
  /**
   * Use of providers' prompt caches.
   */
  prompt_caching?: {
    [k: string]: unknown;
  };
  /**
   * System prompt of prompt listeners.
   */
  system_prompt?: {
    [k: string]: unknown;
  };
  /**
   * Functions that prompts are matched to.
   */
  prompt_targets?: {
    [k: string]: unknown;
  };
  /**
   * Token budgets per model and client.
   */
  ratelimits?: {
    [k: string]: unknown;
  };
  /**
   * Older switch between model and prompt listeners.
   */
  mode?: {
    [k: string]: unknown;
  };
  /**
   * How a route is chosen and kept for a session.
   */
  routing?: {
    [k: string]: unknown;
  };
  /**
   * Where conversation state is kept.
   */
  state_storage?: {
    [k: string]: unknown;
  };
  /**
   * Checks of incoming prompts.
   */
  prompt_guards?: {
    [k: string]: unknown;
  };
  /**
   * Which models serve which kind of request.
   */
  routing_preferences?: {
    [k: string]: unknown;
  };
  /**
   * Where model cost and latency are read from.
   */
  model_metrics_sources?: {
    [k: string]: unknown;
  };
}
/**
 * One listener.
 */
export interface Listener {
  /**
   * What the listener serves.
   */
  type: "model";
  /**
   * Name of the listener, for logs and status.
   */
  name: string;
  /**
   * IP address to listen on. Default 127.0.0.1.
   */
  address?: string;
  /**
   * TCP port to listen on. Default 12000.
   */
  port?: number;
  /**
   * Longest wait for an answer to begin; a stream may last longer. Default 300s.
   */
  timeout?: string | number;
  /**
   * Agent router.
   */
  router?: {
    [k: string]: unknown;
  };
  /**
   * Retries of a failed provider call.
   */
  max_retries?: {
    [k: string]: unknown;
  };
  /**
   * Agents behind the listener.
   */
  agents?: {
    [k: string]: unknown;
  };
  /**
   * Filters that requests pass through.
   */
  input_filters?: {
    [k: string]: unknown;
  };
  /**
   * Filters that replies pass through.
   */
  output_filters?: {
    [k: string]: unknown;
  };
}
/**
 * The model listener in its older spelling.
 */
export interface TrafficListener {
  /**
   * IP address to listen on. Default 127.0.0.1.
   */
  address?: string;
  /**
   * TCP port to listen on. Default 12000.
   */
  port?: number;
  /**
   * Longest wait for an answer to begin; a stream may last longer. Default 300s.
   */
  timeout?: string | number;
  /**
   * Accepted and without effect; the client's path says which API it speaks.
   */
  message_format?: "openai";
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
  name?: string;
  /**
   * Key sent to the provider. $NAME or ${NAME} refers to an environment variable.
   */
  access_key?: string;
  /**
   * Where the provider is reached, if not at its usual address.
   */
  base_url?: string;
  /**
   * Which known provider an unknown one behaves like; needs base_url.
   */
  provider_interface?: string;
  /**
   * Serves requests whose model no entry names.
   */
  default?: boolean;
  /**
   * Send the client's own credentials to the provider.
   */
  passthrough_auth?: boolean;
  /**
   * Headers added to every request to the provider. A value may contain $NAME or ${NAME}.
   */
  headers?: {
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
   * Host header sent to the provider.
   */
  http_host?: {
    [k: string]: unknown;
  };
  /**
   * Older place of routing_preferences.
   */
  routing_preferences?: {
    [k: string]: unknown;
  };
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
