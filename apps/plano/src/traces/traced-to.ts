import type { GatewayConfig } from "@plano/config/gateway";

/** The configuration with its spans sent to a collector, of all requests where it does not say of how many. */
export function tracedTo(config: GatewayConfig, collector: string): GatewayConfig {
  const share = config.tracing?.random_sampling || 100;
  const tracing = { ...config.tracing, random_sampling: share, opentracing_grpc_endpoint: collector };
  return { ...config, tracing };
}
