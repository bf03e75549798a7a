import type { GatewayConfig } from "../../gateway-config.ts";
import { extension, typed } from "./any.ts";
import { collectorCluster, isTraced } from "./clusters.ts";

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
