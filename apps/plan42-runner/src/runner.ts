import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createClient, type Transport, transportFetch } from "@plano/client";
import type { RunnerToken } from "@plano/crypto";
import {
  type RunnerConfig,
  type RunnerFolders,
  type RunnerStatus,
  type RuntimeName,
  readDisk,
} from "@plano/runner-home";
import { createImagePuller, createJobContainers, type Runtime } from "@plano/runtime";
import { sleep, withDeadline } from "@plano/waiting";
import type { Logger } from "pino";
import { openControlSocket } from "./host/control-server.ts";
import { createGate } from "./host/gate.ts";
import { createGithubConnections } from "./host/github-connections.ts";
import { type HealthServer, startHealthServer } from "./host/health-server.ts";
import { readInstallation } from "./host/installation.ts";
import type { JobTraces } from "./host/job-traces.ts";
import { readUsage } from "./host/job-usage.ts";
import { watchAnswers } from "./host/last-answer.ts";
import { countOutcome, createMeasures, renderMetrics } from "./host/measures.ts";
import { createServerState } from "./host/server-state.ts";
import { createCapacity } from "./jobs/capacity.ts";
import { createJobs } from "./jobs/jobs.ts";
import { openJournal } from "./jobs/journal.ts";
import { removeOldImages, removeOldLogs } from "./jobs/retention.ts";
import { processMessage } from "./messages/process-message.ts";
import { createQueuePool } from "./queues/queue-pool.ts";
import { openQueueRecords } from "./queues/queue-records.ts";
import { removeQueue } from "./queues/remove.ts";
import { type ShutdownEnd, shutDown } from "./shutdown.ts";
import { version } from "./version.ts";

export interface RunnerOptions {
  /** The configuration as it is at the moment. */
  readonly settings: () => RunnerConfig;
  /** Keys of the configuration whose change waits for a restart. */
  readonly restartNeeded: () => readonly string[];
  /** Tokens that must not get into logs. */
  readonly secrets: () => readonly string[];
  readonly token: RunnerToken;
  /** The file of the configuration, by its absolute path. */
  readonly configFile: string;
  readonly folders: RunnerFolders;
  /** The file of a job's log. */
  readonly logFile: (jobId: string) => string;
  readonly transport: Transport;
  readonly runtime: Runtime;
  /** A runtime that an earlier configuration named, for the jobs that are left in it. */
  readonly runtimeNamed: (name: RuntimeName) => Runtime;
  /** Gets every job that has ended. */
  readonly traces?: Pick<JobTraces, "add"> | undefined;
  readonly log: Logger;
  /** How long one poll asks the server to wait, in seconds. Default 30. */
  readonly pollSeconds?: number;
  /** Between two signs of life to a turn, in milliseconds. Default 45,000. */
  readonly heartbeatMilliseconds?: number;
  /** Between two looks at a running job's turn, in milliseconds. Default 10,000. */
  readonly watchMilliseconds?: number;
}

/** A running daemon. */
export interface Runner {
  /** What it tells by the control socket, but for the disk, which has to be looked at. */
  status(): Omit<RunnerStatus, "disk">;
  /** Where `/metrics` is served, if anywhere. */
  readonly metricsPort: number | undefined;
  /** Takes over at once what would wait for a reason to look at the configuration again. */
  reconfigured(): void;
  /** Resolves when the first queue is registered. */
  registered(): Promise<void>;
  /** Resolves when the service does not know the token, has never taken it, and there is no job to go on with. */
  rejected(): Promise<void>;
  /** Stops taking work, lets jobs finish, and ends. When `force` aborts it does not wait any longer. */
  shutdown(force: AbortSignal): Promise<ShutdownEnd>;
}

/** Handlers that may run at the same time, of all queues together. */
const handlerLimit = 64;
const housekeepingMilliseconds = 10 * 60_000;
/** A container reaches this machine by this name, whatever the engine. */
const extraHosts = ["host.docker.internal:host-gateway"];
const readyPollMilliseconds = 90_000;
const adoptMilliseconds = 1_000;
const engineMilliseconds = 5_000;

/** Starts the daemon: its journal, its queues, the jobs that it finds. */
export async function startRunner(options: RunnerOptions): Promise<Runner> {
  const { settings, token, folders, transport, runtime, log } = options;
  const { tenantId, runnerId } = token;
  const { url, network, labels, logMaxSize, metricsListen } = settings();
  const startedAt = new Date().toISOString();
  const measures = createMeasures();
  const server = createServerState(log);
  const { send, answeredAt } = watchAnswers(transport);
  await Promise.all(
    [folders.state, folders.jobLogs].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
  );

  const githubs = createGithubConnections(() => settings().github, transportFetch(transport));
  const capacity = createCapacity(() => settings().maxJobs);
  const control = await openControlSocket({
    socketPath: folders.controlSocket,
    folder: folders.state,
    log,
  });
  const journal = await openJournal(folders.journal);
  const queueRecords = await openQueueRecords(join(folders.state, "queues"));
  const containerOptions = {
    runnerId,
    installation: await readInstallation(folders.state),
    labels,
    network,
    extraHosts,
    // The engine keeps each line with some words of its own; the log's file is what counts.
    logBytes: 2 * logMaxSize + 16 * 2 ** 20,
  };
  const jobs = createJobs({
    settings,
    containers: createJobContainers({ ...containerOptions, runtime }),
    containersNamed: (name) =>
      createJobContainers({ ...containerOptions, runtime: options.runtimeNamed(name) }),
    puller: createImagePuller(runtime),
    journal,
    capacity,
    githubs,
    measures,
    onOutcome: (outcome) => {
      countOutcome(measures, outcome);
      options.traces?.add(outcome);
    },
    log,
    logFile: options.logFile,
    heartbeatMilliseconds: options.heartbeatMilliseconds ?? 45_000,
    watchMilliseconds: options.watchMilliseconds ?? 10_000,
    agentClient: (agentToken) => createClient({ url, token: agentToken, transport: send }),
    secrets: options.secrets,
    folder: folders.state,
    imagesFolder: folders.images,
  });

  const client = createClient({ url, token: () => settings().token, transport: send });
  const handlers = createGate(handlerLimit, (error) => log.error({ err: error }, "a handler failed"));
  const context = { github: githubs.github, acceptJob: jobs.accept };
  const pool = createQueuePool({
    dependencies: {
      client,
      tenantId,
      runnerId,
      handle: (raw, queue) =>
        processMessage(raw, queue, { client, tenantId, runnerId, context, measures, log }),
      handlers,
      records: queueRecords,
      measures,
      log,
      onServer: server.note,
      pollSeconds: options.pollSeconds ?? 30,
    },
    maximum: () => settings().maxQueues,
    log,
  });
  let isDraining = false;
  let knownToken = settings().token;
  const reconfigured = () => {
    capacity.admit();
    if (settings().token === knownToken) return;
    knownToken = settings().token;
    pool.renew();
  };

  const status = (): Omit<RunnerStatus, "disk"> => ({
    version,
    pid: process.pid,
    startedAt,
    tenantId,
    runnerId,
    configFile: options.configFile,
    url,
    runtime: runtime.name,
    draining: isDraining,
    server: server.text,
    queues: pool.queues.map(({ queueId, phase, lastPoll }) => ({
      queueId,
      phase,
      lastPollAt: lastPoll === undefined ? null : new Date(lastPoll.at).toISOString(),
      lastPollMilliseconds: lastPoll === undefined ? null : Math.round(lastPoll.milliseconds),
      lastPollMessages: lastPoll?.messages ?? null,
    })),
    jobs: jobs.list(),
    capacity: { running: capacity.running, waiting: capacity.waiting, maximum: settings().maxJobs },
    restartNeeded: options.restartNeeded(),
  });
  control.serve({
    status: async () => ({
      ...status(),
      disk: await readDisk(folders.state, settings().diskMinFree).catch(() => null),
    }),
    usage: () => readUsage(jobs.runtimeOf, jobs.list()),
    kill: jobs.kill,
  });
  const metrics = () =>
    renderMetrics(measures, {
      queues: pool.queues.filter(({ phase }) => phase === "polling").length,
      jobsRunning: capacity.running,
      jobsWaiting: capacity.waiting,
      jobsMaximum: settings().maxJobs,
      handlers: handlers.count,
      secondsSincePoll: pool.lastPollAt === undefined ? undefined : (Date.now() - pool.lastPollAt) / 1000,
    });
  const notReady = async (): Promise<string | undefined> => {
    if (isDraining) return "shutting down";
    if (server.isRefused) return "the server refuses the runner's token";
    if (!pool.queues.some(({ phase }) => phase === "polling")) return "no queue is registered";
    const registered = pool.lastPollAt ?? Date.parse(startedAt);
    if (Date.now() - registered > readyPollMilliseconds) return "no poll was answered for 90 s";
    try {
      await withDeadline(engineMilliseconds, (signal) => runtime.engine(signal));
      return undefined;
    } catch {
      return "the container runtime does not answer";
    }
  };
  const health: HealthServer | undefined =
    metricsListen && (await startHealthServer({ ...metricsListen, metrics, notReady }));

  pool.start();
  const removeLeftQueue = async (queueId: string) => {
    const isGone = await removeQueue(client, { tenantId, runnerId, queueId }, undefined, log);
    if (isGone) await queueRecords.forget(queueId);
  };
  void pool.registered().then(() => Promise.all(queueRecords.found.map(removeLeftQueue)));
  const housekeeping = async () => {
    try {
      const { logRetentionDays: days, logRetentionSize: bytes, imageRetentionSize } = settings();
      const active = jobs.list();
      const ids = new Set(active.map(({ jobId }) => jobId));
      const images = new Set(active.map(({ image }) => image));
      await removeOldLogs(folders.jobLogs, { days, bytes }, ids, Date.now());
      await journal.forgetOld();
      await jobs.clearOrphans();
      for (const image of await removeOldImages(runtime, folders.images, imageRetentionSize, images)) {
        log.info({ image }, "removed an image that no job has used for long");
      }
    } catch (error) {
      log.warn({ err: error }, "housekeeping failed; it is tried again");
    }
  };
  // First the queue, which others wait for; but jobs are not to wait for a server that is away.
  void Promise.race([pool.registered(), sleep(adoptMilliseconds)])
    .then(jobs.adopt)
    .then(housekeeping);
  const timer = setInterval(() => void housekeeping(), housekeepingMilliseconds);

  return {
    status,
    metricsPort: health?.port,
    reconfigured,
    registered: () => pool.registered(),
    rejected: async () => {
      await server.rejected;
      // A job that runs needs its daemon more than the daemon needs to be right.
      if (jobs.list().length > 0) await new Promise(() => {});
    },
    shutdown: async (force) => {
      isDraining = true;
      clearInterval(timer);
      const end = await shutDown({ pool, jobs, settings, answeredAt, log, force });
      await health?.close();
      await control.close();
      return end;
    },
  };
}
