import { createWriteStream, rmSync, type WriteStream } from "node:fs";
import { AppError, describeCause } from "@plano/errors";
import type { Context } from "../context.ts";
import { checkWithDataPlane } from "../gateway/check-config.ts";
import { type DataPlane, describeEnding, startDataPlane, waitUntilHealthy } from "../gateway/data-plane.ts";
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
import { type ListenPlace, listenPlaces, probePort, requireFreePorts } from "../gateway/ports.ts";
import { openFreshLog, type RunFiles, writePrivateFile } from "../gateway/run-files.ts";
import { askToStop, endOrphanedEnvoy, waitUntilGone } from "../gateway/stop.ts";
import { renderFor, writeNativeFiles } from "../native/native-plan.ts";
import { printRunning } from "../print-running.ts";
import { ensureListener } from "../traces/listener.ts";
import { isTaken } from "../up/hand-in.ts";
import { instanceOf, managementOf, type Plan, preparePlan, type UpOptions } from "../up/plan.ts";
import { version } from "../version.ts";

/** Starts the gateway; one that runs takes the configuration, or is replaced. */
export async function run(options: UpOptions, context: Context): Promise<number> {
  const { terminal } = context;
  terminal.line(terminal.style.dim(`Plano v${version}`));
  const plan = await preparePlan(options, context);
  if (options.collector !== undefined) await ensureListener(plan.files, new URL(options.collector), context);
  const interruption = new AbortController();
  // One listener from here to the end: a signal that comes between two of them would be lost.
  const release = context.onStopSignal(() => interruption.abort());
  try {
    const started = await takeOver(plan, options, context, interruption.signal);
    if (started === undefined) return 0;
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
): Promise<Started | undefined> {
  const unlock = takeLock(plan.files);
  try {
    const state = readInstance(plan.files);
    if (state.kind === "stale") await endOrphanedEnvoy(state.instance, plan.files);
    const previous = state.kind === "running" ? state.instance : undefined;
    await requireFreePorts(listenPlaces(plan.config).filter(({ port }) => !portsOf(previous).has(port)));
    if (previous !== undefined && (await isTaken(plan, previous, options, context))) return undefined;
    return await replaceInstance(plan, previous, options, context, signal);
  } finally {
    unlock();
  }
}

interface Started {
  readonly plane: DataPlane;
  readonly instance: Instance;
  readonly log: WriteStream | undefined;
}

async function replaceInstance(
  plan: Plan,
  previous: Instance | undefined,
  options: UpOptions,
  context: Context,
  signal: AbortSignal,
): Promise<Started> {
  const { files, config } = plan;
  const places = listenPlaces(config);
  await checkWithDataPlane({ ...plan, rendered: renderPlan(plan), signal });
  if (previous !== undefined) await handOver(previous, places, context);
  // What one that was killed has left; a previous one may still need its own.
  else rmSync(files.envoyDiscovery, { recursive: true, force: true });
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

function renderPlan({ config, native, variables }: Plan): string {
  return renderFor(config, native?.deployment, variables);
}

async function start(
  plan: Plan,
  options: UpOptions,
  context: Context,
  signal: AbortSignal,
): Promise<Started> {
  const { files, config, program, environment, native } = plan;
  writePrivateFile(files.renderedConfig, renderPlan(plan));
  if (native !== undefined) writeNativeFiles(native, files);
  const withEnvoy = native !== undefined;
  const plane = await startDataPlane({
    program,
    environment,
    files,
    withEnvoy,
    management: managementOf(plan, context),
    attached: options.foreground,
  });
  const log = options.foreground ? streamOutput(plane, files, context) : undefined;
  let instance = instanceOf(plan, plane.pid, context);
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
  const what = `pid ${instance.brightstaff_pid}`;
  const told = {
    what,
    configPath: plan.configPath,
    log: files.dataPlaneLog,
    stop: "planoai down",
    traces: options.collector,
  };
  printRunning(told, config, context.terminal);
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

function portsOf(instance: Instance | undefined): ReadonlySet<number> {
  if (instance === undefined) return new Set();
  return new Set([...instance.listeners.map(({ port }) => port), instance.metrics.port]);
}
