import { createWriteStream, type WriteStream } from "node:fs";
import { type GatewayConfig, renderCompiled, requiredVariables, zeroConfig } from "@plano/config/gateway";
import { AppError, describeCause } from "@plano/errors";
import type { Context } from "../context.ts";
import { dataPlaneEnvironment, homeFolder } from "../environment.ts";
import { checkWithDataPlane } from "../gateway/check-config.ts";
import { ConfigError, compileFile, locateConfig, UnservedError } from "../gateway/config-file.ts";
import { type DataPlane, describeEnding, startDataPlane, waitUntilHealthy } from "../gateway/data-plane.ts";
import { findBrightstaff } from "../gateway/find-brightstaff.ts";
import { clientUrl } from "../gateway/health.ts";
import {
  type Instance,
  isRunning,
  readInstance,
  removeInstance,
  withEnvoyProcess,
  writeInstance,
} from "../gateway/instance.ts";
import { takeLock } from "../gateway/lock.ts";
import { pause } from "../gateway/log-file.ts";
import { type ListenPlace, probePort, requireFreePorts } from "../gateway/ports.ts";
import { processStart } from "../gateway/process-start.ts";
import {
  createRunFolders,
  openFreshLog,
  type RunFiles,
  runFiles,
  writePrivateFile,
} from "../gateway/run-files.ts";
import { askToStop, endOrphanedEnvoy, waitUntilGone } from "../gateway/stop.ts";
import { environmentOf, requireVariables } from "../gateway/variables.ts";
import { type NativePlan, planNative, writeNativeFiles } from "../native/native-plan.ts";
import { printProblems } from "../print-problems.ts";
import { printRunning } from "../print-running.ts";
import { version } from "../version.ts";

export interface UpOptions {
  readonly file: string | undefined;
  readonly path: string;
  readonly foreground: boolean;
  /** Run Envoy in front. */
  readonly native: boolean;
  /** The Envoy to run. */
  readonly envoy: string | undefined;
  /** Port of the model listener when there is no configuration file. */
  readonly listenerPort: number | undefined;
  readonly verbose: boolean;
}

/** Everything that is settled before anything is changed. */
interface Plan {
  readonly config: GatewayConfig;
  readonly configPath: string;
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly files: RunFiles;
  /** Values of the variables that the configuration refers to. */
  readonly variables: Readonly<Record<string, string>>;
  readonly native: NativePlan | undefined;
}

/** Starts the gateway in place of the one that runs, if one does. */
export async function run(options: UpOptions, context: Context): Promise<number> {
  const { terminal } = context;
  terminal.line(terminal.style.dim(`Plano v${version}`));
  const plan = await preparePlan(options, context);
  const interruption = new AbortController();
  // One listener from here to the end: a signal that comes between two of them would be lost.
  const release = context.onStopSignal(() => interruption.abort());
  try {
    const started = await takeOver(plan, options, context, interruption.signal);
    if (options.foreground) return await stayAttached(started, plan.files, context, interruption.signal);
    started.plane.release();
    return 0;
  } finally {
    release();
  }
}

async function takeOver(
  plan: Plan,
  options: UpOptions,
  context: Context,
  signal: AbortSignal,
): Promise<Started> {
  const unlock = takeLock(plan.files);
  try {
    return await replaceInstance(plan, options, context, signal);
  } finally {
    unlock();
  }
}

async function preparePlan(options: UpOptions, context: Context): Promise<Plan> {
  const { terminal } = context;
  const files = runFiles(homeFolder(context.environment));
  const location = locateConfig({ file: options.file, folder: options.path }, context.currentFolder);
  const variables = environmentOf(location.folder, context.environment);
  let configPath = location.path;
  if (configPath === undefined) {
    configPath = writeZeroConfig(files, options, context, variables);
  } else if (options.listenerPort !== undefined) {
    terminal.warning(`--listener-port has no effect: the port is that of ${configPath}`);
  }
  const result = compileFile(configPath, context);
  printProblems(result.warnings, configPath, terminal);
  if (!result.ok) throw new ConfigError(configPath, [...result.errors, ...result.unserved]);
  if (result.unserved.length > 0) throw new UnservedError(configPath, result.unserved);
  const values = requireVariables(requiredVariables(result.config), variables, location.folder);
  const program = findBrightstaff(context);
  const native = options.native ? await planNative(options.envoy, context) : undefined;
  const environment = dataPlaneEnvironment(context.environment, values);
  if (options.verbose) {
    terminal.errorLine(`configuration: ${configPath}`);
    terminal.errorLine(`data plane: ${program}`);
    if (native !== undefined) terminal.errorLine(`envoy: ${native.envoy}`);
    terminal.errorLine(`environment passed on: ${Object.keys(environment).sort().join(", ")}`);
  }
  createRunFolders(files);
  return { config: result.config, configPath, program, environment, files, variables: values, native };
}

function writeZeroConfig(
  files: RunFiles,
  { listenerPort }: UpOptions,
  { terminal }: Context,
  environment: Context["environment"],
): string {
  const { text, summary } = zeroConfig({
    environment,
    ...(listenerPort === undefined ? {} : { port: listenerPort }),
  });
  createRunFolders(files);
  writePrivateFile(files.defaultConfig, text);
  terminal.line(terminal.style.dim(`No configuration file; using defaults (${summary})`));
  return files.defaultConfig;
}

interface Started {
  readonly plane: DataPlane;
  readonly instance: Instance;
  readonly log: WriteStream | undefined;
}

async function replaceInstance(
  plan: Plan,
  options: UpOptions,
  context: Context,
  signal: AbortSignal,
): Promise<Started> {
  const { files, config } = plan;
  const state = readInstance(files);
  const previous = state.kind === "running" ? state.instance : undefined;
  if (state.kind === "stale") await endOrphanedEnvoy(state.instance);
  const places = listenPlaces(config);
  await requireFreePorts(places.filter(({ port }) => !portsOf(previous).has(port)));
  await checkWithDataPlane({ ...plan, rendered: renderCompiled(config), signal });
  if (previous !== undefined) await handOver(previous, places, context);
  removeInstance(files);
  const progress = context.terminal.progress("Starting the gateway");
  try {
    return await start(plan, options, context, signal);
  } catch (error) {
    if (previous === undefined || !(error instanceof AppError)) throw error;
    const hint = [error.hint, "The gateway that ran before had been stopped; none runs now."];
    throw new AppError(error.message, {
      code: error.code,
      cause: error,
      exitCode: error.exitCode,
      hint: hint.filter((line) => line !== undefined).join("\n"),
    });
  } finally {
    progress.stop();
  }
}

/** How long an instance that has let its ports go may take to go itself before its successor starts. */
const courtesyMilliseconds = 250;

/** Stops the instance that runs as far as its ports are concerned; its streams may still finish. */
async function handOver(
  previous: Instance,
  places: readonly ListenPlace[],
  { terminal }: Context,
): Promise<void> {
  const progress = terminal.progress(`Stopping the gateway that runs (pid ${previous.brightstaff_pid})`);
  const waiting = new AbortController();
  try {
    askToStop(previous);
    const gone = waitUntilGone(previous, waiting.signal).then(() => true);
    while (!(await Promise.race([gone, pause(20).then(() => false)]))) {
      const errors = await Promise.all(places.map(probePort));
      if (errors.some((error) => error !== undefined)) continue;
      await Promise.race([gone, pause(courtesyMilliseconds)]);
      break;
    }
  } finally {
    waiting.abort();
    progress.stop();
  }
  await requireFreePorts(places);
  const ending = isRunning(previous) ? "its streams finish in the background" : "it is gone";
  terminal.line(`Stopped the gateway that ran before (pid ${previous.brightstaff_pid}); ${ending}`);
}

async function start(
  plan: Plan,
  options: UpOptions,
  context: Context,
  signal: AbortSignal,
): Promise<Started> {
  const { files, config, program, environment, native } = plan;
  if (native === undefined) writePrivateFile(files.renderedConfig, renderCompiled(config));
  else writeNativeFiles(config, native, plan.variables, files, context.environment);
  const withEnvoy = native !== undefined;
  const plane = await startDataPlane({
    program,
    environment,
    files,
    withEnvoy,
    attached: options.foreground,
  });
  const log = options.foreground ? streamOutput(plane, files, context) : undefined;
  let instance = instanceOf(plan, plane.pid);
  try {
    writeInstance(files, instance);
    await waitUntilHealthy(plane, config.listeners.map(clientUrl), files.dataPlaneLog, signal);
    instance = withEnvoyProcess(instance, files);
    writeInstance(files, instance);
  } catch (error) {
    plane.stop();
    await waitUntilGone(instance);
    removeInstance(files, instance);
    throw error;
  }
  printRunning(instance, config, files, context.terminal);
  return { plane, instance, log };
}

/** Shows the log of an attached data plane and keeps it in the log file too. */
function streamOutput(plane: DataPlane, files: RunFiles, { terminal }: Context): WriteStream {
  const log = createWriteStream(files.dataPlaneLog, { fd: openFreshLog(files.dataPlaneLog) });
  log.on("error", (error) => terminal.warning(`the log is not written any more: ${describeCause(error)}`));
  for (const stream of plane.output) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log.write(text);
      terminal.rawError(text);
    });
  }
  return log;
}

async function stayAttached(
  { plane, instance, log }: Started,
  files: RunFiles,
  { terminal }: Context,
  interrupted: AbortSignal,
): Promise<number> {
  interrupted.addEventListener("abort", () => plane.stop());
  if (interrupted.aborted) plane.stop();
  const ending = await plane.ended;
  log?.end();
  removeInstance(files, instance);
  if (ending.code === 0) {
    terminal.success("Plano has stopped");
    return 0;
  }
  throw new AppError(`the gateway has stopped: ${describeEnding(ending)}`, { code: "data-plane-ended" });
}

function instanceOf({ config, configPath, native }: Plan, pid: number): Instance {
  return {
    envoy_pid: null,
    envoy_start: "",
    admin: native?.admin ?? null,
    brightstaff_pid: pid,
    brightstaff_start: processStart(pid) ?? "",
    started_at: new Date().toISOString(),
    version,
    config_path: configPath,
    drain_timeout_ms: config.overrides.drainTimeout,
    listeners: config.listeners.map(({ name, address, port }) => ({ name, address, port })),
    metrics: config.metrics,
    model_providers: config.providers.map((provider) => ({
      name: provider.name,
      model: provider.model,
      provider_interface: provider.providerInterface,
      default: provider.isDefault,
    })),
  };
}

function listenPlaces(config: GatewayConfig): ListenPlace[] {
  const listeners = config.listeners.map(({ name, address, port }) => ({
    label: `listener ${name}`,
    address,
    port,
  }));
  return [...listeners, { label: "metrics", ...config.metrics }];
}

function portsOf(instance: Instance | undefined): ReadonlySet<number> {
  if (instance === undefined) return new Set();
  return new Set([...instance.listeners.map(({ port }) => port), instance.metrics.port]);
}
