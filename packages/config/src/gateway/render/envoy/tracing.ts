import type { GatewayConfig } from "../../gateway-config.ts";
import { extension, typed } from "./any.ts";
import { collectorCluster, isTraced } from "./clusters.ts";

/** What the filter tells of a call to a model, as far as it applies. */
const modelAttributes = [
  "llm.model",
  "llm.provider",
  "llm.is_streaming",
  "model.requested",
  "llm.time_to_first_token",
  "llm.duration_ms",
  "llm.usage.prompt_tokens",
  "llm.usage.completion_tokens",
  "llm.usage.total_tokens",
  "llm.usage.cached_input_tokens",
  "llm.usage.cache_creation_tokens",
  "llm.usage.reasoning_tokens",
  "plano.outcome",
  "error.message",
];

const modelTags = modelAttributes.map((tag) => ({ tag, value: `%FILTER_STATE(wasm.${tag}:PLAIN)%` }));

function staticTags({ tracing }: GatewayConfig): object[] {
  return Object.entries(tracing?.span_attributes?.static ?? {})
    .filter(([tag]) => !modelAttributes.includes(tag))
    .map(([tag, value]) => ({ tag, literal: { value } }));
}

/**
 * Spans over OTLP for the share of requests that the configuration says, and for those of clients that trace. Keys may
 * stand in a query: a span is named by the path that the client asked for, without it, and Envoy's own tag has no path
 * at all.
 */
export function tracing(config: GatewayConfig, serviceName: string): object {
  if (!isTraced(config)) return {};
  return {
    generate_request_id: true,
    tracing: {
      // All of what the sampler takes: a lower share would hold for requests whose clients have decided, too.
      random_sampling: { value: 100 },
      operation: "%REQ(:METHOD)% %PATH(NQ)%",
      max_path_tag_length: 0,
      custom_tags: [...modelTags, ...staticTags(config)],
      provider: {
        name: "envoy.tracers.opentelemetry",
        typed_config: typed("config.trace.v3.OpenTelemetryConfig", {
          grpc_service: { envoy_grpc: { cluster_name: collectorCluster }, timeout: "0.250s" },
          service_name: serviceName,
          sampler: sampler("parent_based", "ParentBasedSamplerConfig", {
            wrapped_sampler: sampler("trace_id_ratio_based", "TraceIdRatioBasedSamplerConfig", {
              sampling_percentage: { numerator: config.tracing?.random_sampling ?? 0 },
            }),
          }),
        }),
      },
    },
  };
}

function sampler(name: string, type: string, fields: Readonly<Record<string, unknown>>) {
  const space = "tracers.opentelemetry.samplers";
  return extension(`envoy.${space}.${name}`, `extensions.${space}.v3.${type}`, fields);
}
