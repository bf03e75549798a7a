import { isIP } from "node:net";
import type { GatewayConfig } from "../../gateway-config.ts";
import { isLoopback } from "../../loopback.ts";
import { replaceReferences } from "../../references.ts";
import { extension, socketAddress, typed } from "./any.ts";
import type { EnvoyInput } from "./deployment.ts";
import { seconds } from "./duration.ts";
import { type Origin, originOf, originsOf } from "./origins.ts";

/** What a filter leaves alone goes here. */
export const brightstaffCluster = "bright_staff";

/** One cluster for each address of a provider, and one for the native server. */
export function clusters(config: GatewayConfig, { deployment, variables }: EnvoyInput): object[] {
  const { upstreamConnectTimeout, upstreamTlsCaPath } = config.overrides;
  const caFile = upstreamTlsCaPath ?? deployment.caFile;
  return [
    ...originsOf(config, variables).map((origin) =>
      providerCluster(origin, {
        place: placeOf(origin, config),
        connectTimeout: upstreamConnectTimeout,
        caFile,
      }),
    ),
    {
      ...address(brightstaffCluster, deployment.brightstaff.address, deployment.brightstaff.port),
      connect_timeout: "0.5s",
    },
    ...collectorClusters(config, variables, caFile),
  ];
}

/** Where spans go, if any are made. */
export const collectorCluster = "opentelemetry_collector";

export const usualCollector = "http://localhost:4317";

/** Whether any request is traced: a share of all, or those of clients that trace where a collector is named. */
export function isTraced({ tracing }: GatewayConfig): boolean {
  return (
    tracing !== undefined && (tracing.random_sampling > 0 || tracing.opentracing_grpc_endpoint !== undefined)
  );
}

function collectorClusters(
  config: GatewayConfig,
  variables: EnvoyInput["variables"],
  caFile: string,
): object[] {
  if (!isTraced(config)) return [];
  const written = config.tracing?.opentracing_grpc_endpoint ?? usualCollector;
  const origin = originOf(replaceReferences(written, variables));
  if (origin === undefined) return [];
  return [
    {
      ...address(collectorCluster, origin.host, origin.port),
      connect_timeout: "0.5s",
      ...httpOptions({ explicit_http_config: { http2_protocol_options: {} } }),
      ...(origin.https ? { transport_socket: tls(origin.host, caFile, { alpn_protocols: ["h2"] }) } : {}),
    },
  ];
}

/** The name or address at which an origin is found. */
function placeOf({ host }: Origin, { loopbackHost }: GatewayConfig): string {
  return loopbackHost !== undefined && isLoopback(host) ? loopbackHost : host;
}

interface Reach {
  readonly place: string;
  readonly connectTimeout: number;
  readonly caFile: string;
}

function providerCluster({ name, https, host, port }: Origin, { place, connectTimeout, caFile }: Reach) {
  return {
    ...address(name, place, port),
    connect_timeout: seconds(connectTimeout),
    ...httpOptions({
      common_http_protocol_options: { idle_timeout: seconds(idleMilliseconds) },
      ...(https
        ? { auto_config: { http_protocol_options: {}, http2_protocol_options: http2Windows } }
        : { explicit_http_config: { http_protocol_options: {} } }),
    }),
    ...(https ? { transport_socket: tls(host, caFile) } : {}),
  };
}

/** An idle connection is closed before common servers close it at 60 seconds: they would while a request is on its way. */
const idleMilliseconds = 55_000;

/**
 * What a provider may send ahead of a client that does not read: by stream, and by connection, where it is enough for
 * many that wait.
 */
const http2Windows = {
  initial_stream_window_size: 256 * 1024,
  initial_connection_window_size: 16 * 1024 * 1024,
};

function httpOptions(options: Readonly<Record<string, unknown>>) {
  const name = "extensions.upstreams.http.v3.HttpProtocolOptions";
  return { typed_extension_protocol_options: { [`envoy.${name}`]: typed(name, options) } };
}

function address(name: string, host: string, port: number) {
  const bare = host.replace(/^\[|\]$/g, "");
  const isAddress = isIP(bare) !== 0;
  return {
    name,
    ...(isAddress ? { type: "STATIC" } : { cluster_type: byName }),
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: socketAddress({ address: bare, port }), hostname: host } }] },
      ],
    },
  };
}

/** One connection pool for whatever addresses a name has at the time. */
const byName = extension("envoy.cluster.dns", "extensions.clusters.dns.v3.DnsCluster", {
  all_addresses_in_single_endpoint: true,
  respect_dns_ttl: true,
  dns_lookup_family: "V4_PREFERRED",
});

/** The certificate must be for `host`, whose authority is one of the file's. */
function tls(host: string, caFile: string, settings: object = {}) {
  const bare = host.replace(/^\[|\]$/g, "");
  const kind = isIP(bare) === 0 ? "DNS" : "IP_ADDRESS";
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: typed("extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
      ...(kind === "DNS" ? { sni: bare } : {}),
      common_tls_context: {
        ...settings,
        tls_params: { tls_minimum_protocol_version: "TLSv1_2", tls_maximum_protocol_version: "TLSv1_3" },
        validation_context: {
          trusted_ca: { filename: caFile },
          match_typed_subject_alt_names: [{ san_type: kind, matcher: { exact: bare } }],
        },
      },
    }),
  };
}
