import { stringify } from "yaml";
import type { GatewayConfig } from "../../gateway-config.ts";
import { renderCompiled } from "../compiled.ts";
import { extension, socketAddress, typed, watchedFile } from "./any.ts";
import { clusters } from "./clusters.ts";
import type { EnvoyDeployment, EnvoyInput } from "./deployment.ts";
import { llmGateway, llmGatewayName } from "./filters.ts";
import { completeListeners, discoveredListeners } from "./listeners.ts";
import { modelRoutes } from "./routes.ts";

export type { EnvoyDeployment, EnvoyInput } from "./deployment.ts";

/** Everything in one file, as for `envoy --mode validate`. */
export function renderEnvoy(config: GatewayConfig, input: EnvoyInput): string {
  return write({
    ...common(input.deployment),
    static_resources: {
      listeners: completeListeners(config, input.deployment),
      clusters: clusters(config, input),
    },
  });
}

/** What an Envoy starts with that gets everything else from files that it watches. */
export function renderEnvoyBootstrap(deployment: EnvoyDeployment): string {
  const file = (name: string) => watchedFile(`${deployment.discoveryFolder}/${name}.json`);
  return write({
    node: { id: "plano", cluster: "plano" },
    ...common(deployment),
    dynamic_resources: { lds_config: file("listeners"), cds_config: file("clusters") },
  });
}

/**
 * What the data plane loads with Envoy in front: the compiled configuration and, in a second document, what Envoy
 * is to be given. brightstaff writes that to Envoy's files when it takes the configuration.
 */
export function renderCompiledWithEnvoy(config: GatewayConfig, input: EnvoyInput): string {
  const { deployment } = input;
  const resources = {
    clusters: clusters(config, input).map((cluster) => ({
      ...typed("config.cluster.v3.Cluster"),
      ...cluster,
    })),
    filter: {
      ...typed("config.core.v3.TypedExtensionConfig"),
      ...llmGateway(deployment),
      name: llmGatewayName,
    },
    routes: config.listeners.map((listener) => ({
      ...typed("config.route.v3.RouteConfiguration"),
      ...modelRoutes(listener, config.overrides),
    })),
    listeners: discoveredListeners(config, deployment).map((listener) => ({
      ...typed("config.listener.v3.Listener"),
      ...listener,
    })),
  };
  return `${renderCompiled(config)}---\n${write(resources)}`;
}

function common({ admin }: EnvoyDeployment) {
  return {
    admin: { address: socketAddress(admin) },
    stats_config: {
      histogram_bucket_settings: [
        { match: { exact: "wasmcustom.time_to_first_token" }, buckets: timeToFirstToken },
      ],
    },
    layered_runtime: { layers: [{ name: "plano", static_layer: runtime }] },
    // A gateway of one machine: connections are limited by its file descriptors.
    overload_manager: {
      resource_monitors: [
        extension(
          "envoy.resource_monitors.global_downstream_max_connections",
          "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
          { max_active_downstream_connections: 50_000 },
        ),
      ],
    },
  };
}

/** Somebody may look at the trace of a request that has just ended. */
const runtime = { "tracing.opentelemetry.flush_interval_ms": 500 };

/** Milliseconds. */
const timeToFirstToken = [
  100, 500, 800, 1000, 1200, 1400, 1600, 1800, 2000, 2200, 2400, 3000, 3500, 4000, 4500, 5000, 6000, 10_000,
  60_000, 180_000,
];

function write(tree: object): string {
  return stringify(tree, { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" });
}
