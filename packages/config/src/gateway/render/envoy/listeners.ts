import type { GatewayConfig, Listener } from "../../gateway-config.ts";
import { accessLog } from "./access-log.ts";
import { extension, socketAddress, watchedFile } from "./any.ts";
import type { EnvoyDeployment } from "./deployment.ts";
import {
  compressors,
  discoveredLlmGateway,
  llmGateway,
  llmGatewayName,
  promptGateway,
  router,
} from "./filters.ts";
import { localReplies } from "./local-replies.ts";
import { reboundPages } from "./rebound-pages.ts";
import { modelRoutes, routesName } from "./routes.ts";
import { tracing } from "./tracing.ts";

/** How a listener gets what changes more often than itself. */
interface Parts {
  readonly filter: object;
  readonly routes: (listener: Listener) => object;
}

/** Every listener of the model APIs, complete: client → filters → provider in one pass. */
export function completeListeners(config: GatewayConfig, deployment: EnvoyDeployment): object[] {
  const filter = llmGateway(deployment);
  const routes = (listener: Listener) => ({ route_config: modelRoutes(listener, config.overrides) });
  return config.listeners.map((listener) => modelListener(listener, config, deployment, { filter, routes }));
}

/** The same, with filter and routes from files of their own: connections stay when these change. */
export function discoveredListeners(config: GatewayConfig, deployment: EnvoyDeployment): object[] {
  const file = (name: string) => `${deployment.discoveryFolder}/${name}.json`;
  const filter = discoveredLlmGateway(file(llmGatewayName));
  const routes = (listener: Listener) => {
    const name = routesName(listener);
    return { rds: { route_config_name: name, config_source: watchedFile(file(name)) } };
  };
  return config.listeners.map((listener) => modelListener(listener, config, deployment, { filter, routes }));
}

function modelListener(
  listener: Listener,
  config: GatewayConfig,
  deployment: EnvoyDeployment,
  { filter, routes }: Parts,
): object {
  const { name, type } = listener;
  return {
    name: listenerName(listener),
    address: socketAddress(listener),
    filter_chains: [
      {
        filters: [
          extension(
            "envoy.filters.network.http_connection_manager",
            "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
            {
              stat_prefix: name,
              codec_type: "AUTO",
              ...connectionSettings,
              local_reply_config: localReplies,
              ...tracing(config, "plano(outbound)"),
              access_log: [accessLog(deployment.logFolder, `access_${name}`)],
              http_filters: [
                ...reboundPages(listener),
                ...compressors,
                ...(type === "prompt" ? [promptGateway(deployment)] : []),
                filter,
                router,
              ],
              ...routes(listener),
            },
          ),
        ],
      },
    ],
  };
}

/** A listener is known by its place: one with another name at the same place is the same one. */
function listenerName({ address, port }: Listener): string {
  return `${address}:${port}`;
}

/**
 * What is the same on every listener: heads must come soon, and providers' headers pass as they are. How long a
 * stream may be silent is the routes' to say.
 */
const connectionSettings = {
  stream_idle_timeout: "0s",
  // Who is told of an error while still sending has this long to read it.
  delayed_close_timeout: "0.3s",
  request_headers_timeout: "60s",
  http_protocol_options: { accept_http_10: true, default_host_for_http_10: "localhost" },
  server_header_transformation: "PASS_THROUGH",
  skip_xff_append: true,
  generate_request_id: false,
  normalize_path: false,
  merge_slashes: false,
};
