import { stringify } from "yaml";
import type { GatewayConfig } from "../../gateway-config.ts";
import { extension, socketAddress, typed } from "./any.ts";
import { clusters } from "./clusters.ts";
import type { EnvoyDeployment } from "./deployment.ts";
import { listeners } from "./listeners.ts";

export type { EnvoyDeployment } from "./deployment.ts";

/** The files that Envoy runs on: it watches the two that the first one names. */
export interface EnvoyFiles {
  readonly bootstrap: string;
  readonly listeners: string;
  readonly clusters: string;
}

/** Where the watched files are. */
export interface EnvoyPaths {
  readonly folder: string;
  readonly listeners: string;
  readonly clusters: string;
}

/** Everything in one file, as for `envoy --mode validate`. */
export function renderEnvoy(config: GatewayConfig, deployment: EnvoyDeployment): string {
  return write({
    ...common(deployment),
    static_resources: {
      listeners: listeners(config, deployment),
      clusters: clusters(config, deployment),
    },
  });
}

/** The same for an Envoy that takes new listeners and clusters while it runs. */
export function renderEnvoyFiles(
  config: GatewayConfig,
  deployment: EnvoyDeployment,
  paths: EnvoyPaths,
): EnvoyFiles {
  const source = (path: string) => ({
    resource_api_version: "V3",
    path_config_source: { path, watched_directory: { path: paths.folder } },
  });
  return {
    bootstrap: write({
      node: { id: "plano", cluster: "plano" },
      ...common(deployment),
      dynamic_resources: { lds_config: source(paths.listeners), cds_config: source(paths.clusters) },
    }),
    listeners: discovery("config.listener.v3.Listener", listeners(config, deployment)),
    clusters: discovery("config.cluster.v3.Cluster", clusters(config, deployment)),
  };
}

function common({ admin }: EnvoyDeployment) {
  return {
    admin: { address: socketAddress(admin) },
    stats_config: {
      histogram_bucket_settings: [
        { match: { exact: "wasmcustom.time_to_first_token" }, buckets: timeToFirstToken },
      ],
    },
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

/** Milliseconds. */
const timeToFirstToken = [
  100, 500, 800, 1000, 1200, 1400, 1600, 1800, 2000, 2200, 2400, 3000, 3500, 4000, 4500, 5000, 6000, 10_000,
  60_000, 180_000,
];

function discovery(type: string, resources: readonly object[]): string {
  return write({
    resources: resources.map((resource) => ({ ...typed(type), ...resource })),
  });
}

function write(tree: object): string {
  return stringify(tree, { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" });
}
