import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  type EnvoyDeployment,
  type GatewayConfig,
  renderCompiled,
  renderCompiledWithEnvoy,
  renderEnvoyBootstrap,
  type SocketAddress,
} from "@plano/config/gateway";
import type { Context } from "../context.ts";
import { adminAddress, brightstaffAddress } from "../environment.ts";
import { type WatchedFile, watchedFile } from "../gateway/file-stamp.ts";
import { readInstance } from "../gateway/instance.ts";
import { freePlace } from "../gateway/ports.ts";
import { type RunFiles, writePrivateFile } from "../gateway/run-files.ts";
import { caFile } from "./ca-file.ts";
import { findEnvoy } from "./find-envoy.ts";
import { findFilters } from "./find-filters.ts";
import { installEnvoy } from "./install-envoy.ts";

/** A gateway with Envoy in front of the native server. */
export interface NativePlan {
  /** Envoy and its filters; see WatchedFile. */
  readonly programs: readonly WatchedFile[];
  readonly deployment: EnvoyDeployment;
}

const usualBrightstaff = { address: "127.0.0.1", port: 9091 };
const usualAdmin = { address: "127.0.0.1", port: 9901 };

function place(
  asked: SocketAddress | undefined,
  usual: SocketAddress,
  taken: SocketAddress | undefined,
): SocketAddress | Promise<SocketAddress> {
  if (asked !== undefined && !isDeepStrictEqual(asked, taken)) return asked;
  return freePlace(asked ?? usual);
}

/** Finds the parts; an Envoy that is not here is downloaded. Ports that nobody chose move aside for whoever has them. */
export async function planNative(
  asked: string | undefined,
  files: RunFiles,
  context: Context,
): Promise<NativePlan> {
  const { environment } = context;
  const filters = findFilters(context);
  const envoy = findEnvoy(asked, context) ?? (await installEnvoy(context));
  const state = readInstance(files);
  // What runs keeps its ports to itself until its streams have finished, also when it is replaced.
  const draining = state.kind === "running" ? state.instance.native?.deployment : undefined;
  return {
    programs: [envoy, filters.llmGateway, filters.promptGateway].map(watchedFile),
    deployment: {
      filters,
      brightstaff: await place(brightstaffAddress(environment), usualBrightstaff, draining?.brightstaff),
      admin: await place(adminAddress(environment), usualAdmin, draining?.admin),
      // Of this run alone: an instance that is still draining must not see its successor's.
      discoveryFolder: join(files.envoyDiscovery, randomBytes(6).toString("hex")),
      logFolder: files.logs,
      caFile: caFile(environment, files),
    },
  };
}

/** What the data plane loads: with Envoy in front also what Envoy is given. */
export function renderFor(
  config: GatewayConfig,
  deployment: EnvoyDeployment | undefined,
  variables: Readonly<Record<string, string>>,
): string {
  if (deployment === undefined) return renderCompiled(config);
  return renderCompiledWithEnvoy(config, { deployment, variables });
}

/** Writes what Envoy starts with, and how brightstaff runs it. */
export function writeNativeFiles({ programs, deployment }: NativePlan, files: RunFiles): void {
  const { admin, brightstaff } = deployment;
  writePrivateFile(files.envoyBootstrap, renderEnvoyBootstrap(deployment));
  const settings = {
    program: programs[0]?.path,
    bootstrap: files.envoyBootstrap,
    discovery: deployment.discoveryFolder,
    admin: `${admin.address}:${admin.port}`,
    brightstaff,
    log: files.envoyLog,
    pid_file: files.envoyPid,
  };
  writePrivateFile(files.envoySettings, `${JSON.stringify(settings, null, 2)}\n`);
}
