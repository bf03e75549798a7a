import {
  type EnvoyDeployment,
  type GatewayConfig,
  renderCompiled,
  renderEnvoyFiles,
  type SocketAddress,
} from "@plano/config/gateway";
import type { Context } from "../context.ts";
import { adminAddress, brightstaffAddress, envoyLogLevel } from "../environment.ts";
import { freePlace } from "../gateway/ports.ts";
import { type RunFiles, writePrivateFile } from "../gateway/run-files.ts";
import { caFile } from "./ca-file.ts";
import { findEnvoy } from "./find-envoy.ts";
import { type Filters, findFilters } from "./find-filters.ts";

/** A gateway with Envoy in front of the native server. */
export interface NativePlan {
  readonly envoy: string;
  readonly filters: Filters;
  readonly brightstaff: SocketAddress;
  readonly admin: SocketAddress;
}

const usualBrightstaff = { address: "127.0.0.1", port: 9091 };
const usualAdmin = { address: "127.0.0.1", port: 9901 };

/** Finds the parts. Ports that nobody chose move aside for whoever has them. */
export async function planNative(envoy: string | undefined, context: Context): Promise<NativePlan> {
  const { environment } = context;
  return {
    envoy: findEnvoy(envoy, context),
    filters: findFilters(context),
    brightstaff: brightstaffAddress(environment) ?? (await freePlace(usualBrightstaff)),
    admin: adminAddress(environment) ?? (await freePlace(usualAdmin)),
  };
}

/** The configuration of the native server behind Envoy: the same with one listener, for Envoy alone. */
function behindEnvoy(config: GatewayConfig, { brightstaff }: NativePlan): GatewayConfig {
  const timeouts = config.listeners.map(({ timeout }) => timeout);
  return {
    ...config,
    listeners: [
      {
        ...brightstaff,
        name: "bright_staff",
        type: "model",
        timeout: Math.max(...timeouts),
        router: undefined,
        maxRetries: undefined,
        agents: undefined,
        inputFilters: undefined,
        outputFilters: undefined,
      },
    ],
  };
}

/**
 * Writes what Envoy and the native server run on. Files hold keys only where the configuration itself does;
 * all are readable by their owner alone.
 */
export function writeNativeFiles(
  config: GatewayConfig,
  plan: NativePlan,
  variables: Readonly<Record<string, string>>,
  files: RunFiles,
  environment: Context["environment"],
): void {
  const deployment: EnvoyDeployment = {
    filters: plan.filters,
    brightstaff: plan.brightstaff,
    admin: plan.admin,
    logFolder: files.logs,
    caFile: caFile(environment, files),
    variables,
  };
  const paths = { folder: files.run, listeners: files.envoyListeners, clusters: files.envoyClusters };
  const rendered = renderEnvoyFiles(config, deployment, paths);
  writePrivateFile(files.renderedConfig, renderCompiled(behindEnvoy(config, plan)));
  writePrivateFile(files.envoyListeners, rendered.listeners);
  writePrivateFile(files.envoyClusters, rendered.clusters);
  writePrivateFile(files.envoyBootstrap, rendered.bootstrap);
  const settings = {
    program: plan.envoy,
    bootstrap: files.envoyBootstrap,
    admin: `${plan.admin.address}:${plan.admin.port}`,
    log: files.envoyLog,
    log_level: `wasm:${envoyLogLevel(environment)}`,
    pid_file: files.envoyPid,
  };
  writePrivateFile(files.envoySettings, `${JSON.stringify(settings, null, 2)}\n`);
}
