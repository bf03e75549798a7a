import { isIP } from "node:net";
import type { GatewayConfig } from "../../gateway-config.ts";
import { replaceReferences } from "../../references.ts";
import { socketAddress, typed } from "./any.ts";
import type { EnvoyDeployment } from "./deployment.ts";
import { seconds } from "./duration.ts";
import { type Origin, originOf, originsOf } from "./origins.ts";

/** What a filter leaves alone goes here. */
export const brightstaffCluster = "bright_staff";

/** One cluster for each address of a provider, and one for the native server. */
export function clusters(config: GatewayConfig, deployment: EnvoyDeployment): object[] {
  const { upstreamConnectTimeout, upstreamTlsCaPath } = config.overrides;
  const caFile = upstreamTlsCaPath ?? deployment.caFile;
  return [
    ...originsOf(config, deployment.variables).map((origin) =>
      providerCluster(origin, upstreamConnectTimeout, caFile),
    ),
    {
      ...address(brightstaffCluster, deployment.brightstaff.address, deployment.brightstaff.port),
      connect_timeout: "0.5s",
    },
    ...collectorClusters(config, deployment),
  ];
}

/** Where spans go, if any are made. */
export const collectorCluster = "opentelemetry_collector";

const usualCollector = "http://localhost:4317";

function collectorClusters({ tracing }: GatewayConfig, { variables }: EnvoyDeployment): object[] {
  if (!tracing?.random_sampling) return [];
  const written = tracing.opentracing_grpc_endpoint ?? usualCollector;
  const origin = originOf(replaceReferences(written, variables));
  if (origin === undefined) return [];
  return [
    {
      ...address(collectorCluster, origin.host, origin.port),
      connect_timeout: "0.5s",
      typed_extension_protocol_options: {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
          "extensions.upstreams.http.v3.HttpProtocolOptions",
          { explicit_http_config: { http2_protocol_options: {} } },
        ),
      },
    },
  ];
}

function providerCluster({ name, https, host, port }: Origin, connectTimeout: number, caFile: string) {
  const cluster = { ...address(name, host, port), connect_timeout: seconds(connectTimeout) };
  return https ? { ...cluster, transport_socket: tls(host, caFile) } : cluster;
}

function address(name: string, host: string, port: number) {
  const bare = host.replace(/^\[|\]$/g, "");
  const isAddress = isIP(bare) !== 0;
  return {
    name,
    type: isAddress ? "STATIC" : "LOGICAL_DNS",
    ...(isAddress ? {} : { dns_lookup_family: "V4_PREFERRED", respect_dns_ttl: true }),
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: [{ endpoint: { address: socketAddress({ address: bare, port }), hostname: host } }] },
      ],
    },
  };
}

/** The certificate must be for `host`, whose authority is one of the file's. */
function tls(host: string, caFile: string) {
  const bare = host.replace(/^\[|\]$/g, "");
  const kind = isIP(bare) === 0 ? "DNS" : "IP_ADDRESS";
  return {
    name: "envoy.transport_sockets.tls",
    typed_config: typed("extensions.transport_sockets.tls.v3.UpstreamTlsContext", {
      ...(kind === "DNS" ? { sni: bare } : {}),
      common_tls_context: {
        tls_params: { tls_minimum_protocol_version: "TLSv1_2", tls_maximum_protocol_version: "TLSv1_3" },
        validation_context: {
          trusted_ca: { filename: caFile },
          match_typed_subject_alt_names: [{ san_type: kind, matcher: { exact: bare } }],
        },
      },
    }),
  };
}
