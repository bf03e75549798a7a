import type { GatewayConfig } from "../../gateway-config.ts";
import { typed } from "./any.ts";
import { collectorCluster, isTraced } from "./clusters.ts";

/**
 * Spans over OTLP for the share of requests that the configuration says, and for those of clients that trace. Keys may
 * stand in a query: a span is named by the path that the client asked for, without it, and Envoy's own tag has no path at all.
 */
export function tracing(config: GatewayConfig, serviceName: string): object {
  const sampling = config.tracing?.random_sampling ?? 0;
  if (!isTraced(config)) return {};
  return {
    generate_request_id: true,
    tracing: {
      random_sampling: { value: sampling },
      operation: "%REQ(:METHOD)% %PATH(NQ)%",
      max_path_tag_length: 0,
      provider: {
        name: "envoy.tracers.opentelemetry",
        typed_config: typed("config.trace.v3.OpenTelemetryConfig", {
          grpc_service: { envoy_grpc: { cluster_name: collectorCluster }, timeout: "0.250s" },
          service_name: serviceName,
        }),
      },
    },
  };
}
