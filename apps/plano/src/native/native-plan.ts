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
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { adminAddress, brightstaffAddress } from "../environment.ts";
import { type WatchedFile, watchedFile } from "../gateway/file-stamp.ts";
import { readInstance } from "../gateway/instance.ts";
import { freePlace, type ListenPlace, listenPlaces } from "../gateway/ports.ts";
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

interface Choice {
  readonly asked: SocketAddress | undefined;
  readonly usual: SocketAddress;
  /** Of what still drains. */
  readonly taken: SocketAddress | undefined;
  /** Ports of other parts. */
  readonly kept: ReadonlySet<number>;
}

function place({ asked, usual, taken, kept }: Choice): SocketAddress | Promise<SocketAddress> {
  if (asked !== undefined && !isDeepStrictEqual(asked, taken)) return asked;
  return freePlace(asked ?? usual, kept);
}

export interface NativeOptions {
  /** The Envoy that is asked for. */
  readonly envoy: string | undefined;
  readonly files: RunFiles;
  readonly config: GatewayConfig;
}

/** Finds the parts; an Envoy that is not here is downloaded. Ports that nobody chose move aside for whoever has them. */
export async function planNative(
  { envoy: asked, files, config }: NativeOptions,
  context: Context,
): Promise<NativePlan> {
  const { environment } = context;
  const filters = findFilters(context);
  const envoy = findEnvoy(asked, context) ?? (await installEnvoy(context));
  const state = readInstance(files);
  // What runs keeps its ports to itself until its streams have finished, also when it is replaced.
  const draining = state.kind === "running" ? state.instance.native?.deployment : undefined;
  const kept = new Set(listenPlaces(config).map(({ port }) => port));
  const brightstaff = await place({
    asked: brightstaffAddress(environment),
    usual: usualBrightstaff,
    taken: draining?.brightstaff,
    kept,
  });
  const admin = await place({
    asked: adminAddress(environment),
    usual: usualAdmin,
    taken: draining?.admin,
    kept: kept.add(brightstaff.port),
  });
  const deployment: EnvoyDeployment = {
    filters,
    brightstaff,
    admin,
    // Of this run alone: an instance that is still draining must not see its successor's.
    discoveryFolder: join(files.envoyDiscovery, randomBytes(6).toString("hex")),
    logFolder: files.logs,
    caFile: caFile(environment, files),
  };
  refuseInnerPorts(config, deployment);
  return { programs: [envoy, filters.llmGateway, filters.promptGateway].map(watchedFile), deployment };
}

/** Throws an AppError where a configuration wants a port that a part of the gateway itself is to have. */
export function refuseInnerPorts(
  config: GatewayConfig,
  { brightstaff, admin }: Pick<EnvoyDeployment, "brightstaff" | "admin">,
): void {
  const ofBrightstaff = { label: "brightstaff", ...brightstaff };
  const outer = listenPlaces(config);
  refusePort(brightstaff.port, outer, "brightstaff listens for Envoy", "BIND_ADDRESS");
  refusePort(admin.port, [...outer, ofBrightstaff], "Envoy's admin interface is", "ADMIN_BIND_ADDRESS");
}

function refusePort(inner: number, places: readonly ListenPlace[], what: string, variable: string): void {
  const wanted = places.find(({ port }) => port === inner);
  if (wanted === undefined) return;
  throw new AppError(`port ${inner} (${wanted.label}) is where ${what}`, {
    code: "port-in-use",
    hint: `Choose another one, or set ${variable} to another address:port.`,
  });
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
