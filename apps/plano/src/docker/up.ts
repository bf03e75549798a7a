import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { dockerContainerName } from "../environment.ts";
import { describeConfig } from "../gateway/description.ts";
import { takeLock } from "../gateway/lock.ts";
import { listenPlaces, requireFreePorts } from "../gateway/ports.ts";
import { printRunning } from "../print-running.ts";
import { refuseLocalAgents } from "../up/local-agents.ts";
import { type ConfigurationOptions, type Prepared, prepareConfiguration } from "../up/plan.ts";
import { version } from "../version.ts";
import { applyFiles } from "./apply.ts";
import { type ContainerPlan, endContainer, type FoundContainer, findContainer } from "./container.ts";
import { containerLog } from "./container-log.ts";
import { asking } from "./engine.ts";
import { throwIfInterrupted } from "./interruption.ts";
import { type DockerPlan, planDocker } from "./plan.ts";
import { type DockerRecord, removeRecord, writeRecord } from "./record.ts";
import { notingRefusal } from "./refusal.ts";
import { replaceRunning, startFirst } from "./replace.ts";
import { runningVariables } from "./running-variables.ts";
import { answersSoon } from "./wait-until-healthy.ts";

export interface UpDockerOptions extends ConfigurationOptions {
  /** Run Envoy in front, in the container. */
  readonly native: boolean;
  readonly foreground: boolean;
  /** Replace a container that runs, also where it could take the configuration. */
  readonly restart: boolean;
}

/** Starts the gateway in a container; one that runs takes the configuration, or is replaced. */
export function run(options: UpDockerOptions, context: Context): Promise<number> {
  return notingRefusal(context.environment, () => up(options, context));
}

async function up(options: UpDockerOptions, context: Context): Promise<number> {
  const interruption = new AbortController();
  // One listener from here to the end: a signal that comes between two of them would be lost.
  const release = context.onStopSignal(() => interruption.abort());
  const { signal } = interruption;
  try {
    const wanted = await prepare(options, context);
    throwIfInterrupted(signal);
    const id = await takeOver(wanted, options, context, signal);
    if (id === undefined || !options.foreground) return 0;
    return await stayAttached(wanted, id, context, signal);
  } finally {
    release();
  }
}

/** Finds and checks all that is needed. Nothing of what runs is changed. */
async function prepare(options: UpDockerOptions, context: Context): Promise<Wanted> {
  const { terminal } = context;
  terminal.line(terminal.style.dim(`Plano v${version}`));
  dockerContainerName(context.environment);
  const inherit = () => runningVariables(context.environment);
  const prepared = await prepareConfiguration({ ...options, inherit }, context, refuseLocalAgents);
  const { native } = options;
  const wanted: Wanted = { ...prepared, native, ...(await planDocker({ ...prepared, native }, context)) };
  if (options.verbose) {
    terminal.errorLine(`image: ${wanted.container.image}`);
    terminal.errorLine(`environment passed on: ${Object.keys(wanted.variables).sort().join(", ")}`);
  }
  return wanted;
}

/** Everything that is settled before anything is changed. */
type Wanted = Prepared & DockerPlan & Pick<UpDockerOptions, "native">;

/** The id of a container that was started; undefined if the one that runs has taken the configuration. */
async function takeOver(
  wanted: Wanted,
  options: UpDockerOptions,
  context: Context,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { engine, container, docker } = wanted;
  const { terminal } = context;
  const unlock = takeLock(docker);
  try {
    const previous = await findContainer(engine, container.name);
    throwIfInterrupted(signal);
    await requireFreePorts(listenPlaces(wanted.config).filter(({ port }) => !previous?.ports.has(port)));
    if (previous?.isRunning && !mustReplace(previous, container, options, context)) {
      if (await isTaken(wanted, previous, terminal, signal)) {
        writeRecord(docker, recordOf(wanted, previous.id));
        return undefined;
      }
      terminal.line("The container that runs is replaced: it does not answer");
    }
    const id = previous?.isRunning
      ? await replaceRunning(wanted, previous, terminal, signal)
      : await startFirst(wanted, previous, terminal, signal);
    writeRecord(docker, recordOf(wanted, id));
    tell(wanted, terminal);
    return id;
  } finally {
    unlock();
  }
}

/** Whether the container that runs answers, and has taken the configuration. */
async function isTaken(
  wanted: Wanted,
  { id, name, isPaused }: FoundContainer,
  terminal: Context["terminal"],
  signal: AbortSignal,
): Promise<boolean> {
  if (isPaused) {
    await asking(wanted.engine.getContainer(id).unpause());
    terminal.line(`The container ${name} was paused; it goes on`);
  }
  return (await answersSoon(wanted.config.listeners, signal)) && (await applyFiles(wanted, terminal));
}

function mustReplace(
  previous: FoundContainer,
  container: ContainerPlan,
  { foreground, restart }: UpDockerOptions,
  { terminal }: Context,
): boolean {
  const reason = foreground
    ? "it is to stay attached"
    : previous.settings !== container.settings
      ? "its image, ports, keys or time to stop have changed"
      : undefined;
  if (reason !== undefined) terminal.line(`The container that runs is replaced: ${reason}`);
  return restart || reason !== undefined;
}

function tell({ container, config, configPath }: Wanted, terminal: Context["terminal"]): void {
  printRunning(
    {
      what: `container ${container.name}`,
      configPath,
      log: "planoai logs --docker",
      stop: "planoai down --docker",
    },
    config,
    terminal,
  );
}

function recordOf({ container, config, configPath, source, native }: Wanted, id: string): DockerRecord {
  return {
    container_id: id,
    container_name: container.name,
    image: container.image,
    version,
    native,
    started_at: new Date().toISOString(),
    config_path: configPath,
    config_folder: source.folder,
    ...describeConfig(config),
  };
}

async function stayAttached(
  { engine, docker, container }: Wanted,
  id: string,
  { terminal }: Context,
  interrupted: AbortSignal,
): Promise<number> {
  const over = new AbortController();
  const shown = (async () => {
    const log = containerLog(engine, id, { lines: 1000, signal: over.signal });
    for await (const text of log) terminal.rawError(text);
  })();
  const asked = new Promise<void>((resolve) => {
    if (interrupted.aborted) resolve();
    interrupted.addEventListener("abort", () => resolve());
  });
  await Promise.race([asked, shown]);
  const found = await findContainer(engine, container.name);
  await endContainer(engine, id);
  over.abort();
  await shown;
  removeRecord(docker);
  if (interrupted.aborted) {
    terminal.success("Plano has stopped");
    return 0;
  }
  throw new AppError(`the gateway has stopped: exit code ${found?.exitCode ?? "unknown"}`, {
    code: "data-plane-ended",
  });
}
