import type { DockerEngine } from "@plano/docker-engine";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { describeConfig } from "../gateway/description.ts";
import { clientUrl, isHealthy } from "../gateway/health.ts";
import { takeLock } from "../gateway/lock.ts";
import { pause } from "../gateway/log-file.ts";
import { listenPlaces, requireFreePorts } from "../gateway/ports.ts";
import { printRunning } from "../print-running.ts";
import { refuseLocalAgents } from "../up/local-agents.ts";
import { type ConfigurationOptions, type Prepared, prepareConfiguration } from "../up/plan.ts";
import { version } from "../version.ts";
import { applyFiles } from "./apply.ts";
import {
  type ContainerPlan,
  endContainer,
  type FoundContainer,
  findContainer,
  startContainer,
} from "./container.ts";
import { writeContainerFiles } from "./container-files.ts";
import { containerLog } from "./container-log.ts";
import { type DockerPlan, planDocker } from "./plan.ts";
import { type DockerRecord, removeRecord, writeRecord } from "./record.ts";

export interface UpDockerOptions extends ConfigurationOptions {
  /** Run Envoy in front, in the container. */
  readonly native: boolean;
  readonly foreground: boolean;
  /** Replace a container that runs, also where it could take the configuration. */
  readonly restart: boolean;
}

/** Starts the gateway in a container; one that runs takes the configuration, or is replaced. */
export async function run(options: UpDockerOptions, context: Context): Promise<number> {
  const { terminal } = context;
  terminal.line(terminal.style.dim(`Plano v${version}`));
  const prepared = prepareConfiguration(options, context, refuseLocalAgents);
  const { native } = options;
  const wanted: Wanted = {
    ...prepared,
    native,
    ...(await planDocker({ ...prepared, native }, context)),
  };
  if (options.verbose) {
    terminal.errorLine(`image: ${wanted.container.image}`);
    terminal.errorLine(`environment passed on: ${Object.keys(wanted.variables).sort().join(", ")}`);
  }
  const interruption = new AbortController();
  const release = context.onStopSignal(() => interruption.abort());
  try {
    const id = await takeOver(wanted, options, context, interruption.signal);
    if (id === undefined || !options.foreground) return 0;
    return await stayAttached(wanted, id, context, interruption.signal);
  } finally {
    release();
  }
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
  const unlock = takeLock(docker);
  try {
    const previous = await findContainer(engine, container.name);
    if (previous?.isRunning && !mustReplace(previous, container, options, context)) {
      const isApplied = await applyFiles(wanted, context.terminal);
      if (isApplied) {
        writeRecord(docker, recordOf(wanted, previous.id));
        return undefined;
      }
    }
    if (previous !== undefined) await end(engine, previous, context);
    removeRecord(docker);
    await requireFreePorts(listenPlaces(wanted.config));
    writeContainerFiles(wanted.content, docker, wanted.user);
    return await start(wanted, context, signal);
  } finally {
    unlock();
  }
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
      ? "its image, ports or keys have changed"
      : undefined;
  if (reason !== undefined) terminal.line(`The container that runs is replaced: ${reason}`);
  return restart || reason !== undefined;
}

async function end(engine: DockerEngine, { id, name }: FoundContainer, { terminal }: Context): Promise<void> {
  const progress = terminal.progress(`Stopping the container ${name}; its streams may finish`);
  try {
    await endContainer(engine, id);
  } finally {
    progress.stop();
  }
}

const startLimitMilliseconds = 60_000;

async function start(wanted: Wanted, context: Context, signal: AbortSignal): Promise<string> {
  const { engine, container, config, docker } = wanted;
  const { terminal } = context;
  const progress = terminal.progress("Starting the container");
  try {
    const id = await startContainer(engine, container);
    try {
      await waitUntilHealthy(wanted, signal);
    } catch (error) {
      await endContainer(engine, id);
      removeRecord(docker);
      throw error;
    }
    const record = recordOf(wanted, id);
    writeRecord(docker, record);
    progress.stop();
    printRunning(
      {
        what: `container ${container.name}`,
        configPath: wanted.configPath,
        log: "planoai logs --docker",
        stop: "planoai down --docker",
      },
      config,
      terminal,
    );
    return id;
  } finally {
    progress.stop();
  }
}

/** Waits until every listener answers where it is published. */
async function waitUntilHealthy({ engine, container, config }: Wanted, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + startLimitMilliseconds;
  const urls = config.listeners.map(clientUrl);
  const isReady = async () => (await Promise.all(urls.map(isHealthy))).every(Boolean);
  while (!(await isReady())) {
    const found = await findContainer(engine, container.name);
    if (found === undefined) throw startError("it was removed", []);
    if (!found.isRunning || found.hasFallen)
      throw startError(`it ended with exit code ${found.exitCode}`, await lastWords(engine, found));
    if (signal.aborted) throw new AppError("interrupted", { code: "interrupted", exitCode: 130 });
    if (Date.now() >= deadline) {
      throw startError("it did not answer within a minute", await lastWords(engine, found));
    }
    await pause(100, signal);
  }
}

async function lastWords(engine: DockerEngine, { id }: FoundContainer): Promise<string[]> {
  let text = "";
  for await (const piece of containerLog(engine, id, { lines: 15 })) text += piece;
  return text.trimEnd().split("\n");
}

function startError(reason: string, lines: readonly string[]): AppError {
  const log = lines.length === 0 ? [] : ["The end of its log:", ...lines.map((line) => `  ${line}`)];
  return new AppError(`the gateway did not start: ${reason}`, { code: "start-failed", hint: log.join("\n") });
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
