import { usualPort } from "./endpoint-address.ts";
import type { Endpoint, GatewayConfig } from "./gateway-config.ts";
import { isLoopback } from "./loopback.ts";
import { usualCollector } from "./render/envoy/clusters.ts";

type Tracing = NonNullable<GatewayConfig["tracing"]>;

/** The name by which a container reaches the machine that it runs on. */
const machine = "host.docker.internal";

/**
 * The same configuration for a process in a container: it listens on all of the container's addresses, which the
 * engine publishes where the configuration says, and finds by name what the configuration finds on this machine.
 * Providers there keep their addresses, which certificates and Host headers are for.
 * `caPath` is where the container has the certificates of `overrides.upstream_tls_ca_path`.
 */
export function inContainer(config: GatewayConfig, caPath: string): GatewayConfig {
  const { overrides } = config;
  const endpoints = Object.entries(config.endpoints).map(([name, entry]) => [name, endpointOfMachine(entry)]);
  return {
    ...config,
    listeners: config.listeners.map((listener) => ({ ...listener, address: "0.0.0.0" })),
    metrics: { ...config.metrics, address: "0.0.0.0" },
    loopbackHost: machine,
    endpoints: Object.fromEntries(endpoints),
    tracing: config.tracing && tracingOfMachine(config.tracing),
    overrides: {
      ...overrides,
      upstreamTlsCaPath: overrides.upstreamTlsCaPath === undefined ? undefined : caPath,
    },
  };
}

function tracingOfMachine(tracing: Tracing): Tracing {
  const { random_sampling: sampling, opentracing_grpc_endpoint: named } = tracing;
  const collector = named ?? (sampling > 0 ? usualCollector : undefined);
  if (collector === undefined) return tracing;
  return { ...tracing, opentracing_grpc_endpoint: urlOfMachine(collector) };
}

function endpointOfMachine(endpoint: Endpoint): Endpoint {
  const { host, port, protocol, httpHost } = endpoint;
  if (!isLoopback(host)) return endpoint;
  const shown = host.includes(":") ? `[${host}]` : host;
  const written = port === usualPort(protocol) ? shown : `${shown}:${port}`;
  return { ...endpoint, host: machine, httpHost: httpHost ?? written };
}

/** Leaves everything but the host as it is written. */
function urlOfMachine(written: string): string {
  return written.replace(/^([a-z][a-z\d+.-]*:\/\/)?(\[[^\]]*\]|[^/:?#]+)/i, (all, scheme = "", host) =>
    isLoopback(host) ? `${scheme}${machine}` : all,
  );
}
