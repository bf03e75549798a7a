import type { GatewayConfig, Listener } from "../../gateway-config.ts";
import { accessLog } from "./access-log.ts";
import { extension, socketAddress } from "./any.ts";
import type { EnvoyDeployment } from "./deployment.ts";
import {
  compressors,
  llmGateway,
  promptGateway,
  replyDecompressors,
  requestDecompressors,
  router,
} from "./filters.ts";
import { modelRoutes } from "./routes.ts";
import { tracing } from "./tracing.ts";

/** Every listener of the model APIs: client → filters → provider in one pass. */
export function listeners(config: GatewayConfig, deployment: EnvoyDeployment): object[] {
  return config.listeners.map((listener) => modelListener(listener, config, deployment));
}

function modelListener(listener: Listener, config: GatewayConfig, deployment: EnvoyDeployment): object {
  const { name, type } = listener;
  return {
    name,
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
              stream_idle_timeout: `${config.overrides.upstreamIdleTimeout / 1000}s`,
              ...tracing(config, "plano(outbound)"),
              access_log: [accessLog(deployment.logFolder, `access_${name}`)],
              http_filters: [
                ...compressors,
                ...requestDecompressors,
                ...(type === "prompt" ? [promptGateway(deployment)] : []),
                llmGateway(config, deployment),
                ...replyDecompressors,
                router,
              ],
              route_config: modelRoutes(listener, config.overrides),
            },
          ),
        ],
      },
    ],
  };
}

/** What is the same on every listener: heads must come soon, and providers' headers pass as they are. */
const connectionSettings = {
  request_headers_timeout: "60s",
  server_header_transformation: "PASS_THROUGH",
  skip_xff_append: true,
  generate_request_id: false,
  normalize_path: false,
  merge_slashes: false,
};
