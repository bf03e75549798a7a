import { isTransient } from "@plano/client";
import { isTerminal } from "@plano/protocol";
import { pauseFor } from "@plano/waiting";
import type { Logger } from "pino";
import type { Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";
import { hasTurnEnded } from "./report.ts";

/** How long an agent may take to end after its turn has, in milliseconds. */
const goodbyeMilliseconds = 5_000;
const longestTick = 1_000;
/** How long after its grace a container that was to end is asked again, in milliseconds. */
const stopAgainMilliseconds = 2_000;

/** What the watch looks at. */
export interface Watched {
  /** When the job began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** When it last wrote something. */
  lastOutputAt: () => number;
}

/**
 * Watches a running job until the signal aborts: ends it when it takes too long or is silent for too long, and
 * when its turn has been ended from outside. One that was to end and goes on, since the engine was away or the
 * daemon was, is asked to end again.
 */
export async function watchJob(
  job: Job,
  watched: Watched,
  dependencies: JobDependencies,
  signal: AbortSignal,
): Promise<void> {
  const { settings, watchMilliseconds, log } = dependencies;
  let nextLook = Date.now() + watchMilliseconds;
  let stoppedAt = job.record.stopReason === undefined ? undefined : 0;
  const stop = async (reason: string) => {
    stoppedAt = Date.now();
    await stopJob(job, reason, dependencies);
  };
  while (!signal.aborted) {
    await pauseFor(Math.min(longestTick, watchMilliseconds), signal);
    if (signal.aborted) return;
    const now = Date.now();
    const { jobTimeout, idleTimeout, stopGrace } = settings();
    const { stopReason } = job.record;
    if (stopReason !== undefined) {
      stoppedAt ??= now;
      if (now - stoppedAt > stopGrace + stopAgainMilliseconds) await stop(stopReason);
      continue;
    }
    if (jobTimeout > 0 && now - watched.startedAt > jobTimeout) {
      await stop(`timed out after ${formatHours(jobTimeout)}`);
      continue;
    }
    if (idleTimeout > 0 && now - watched.lastOutputAt() > idleTimeout) {
      await stop(`timed out: no output for ${formatHours(idleTimeout)}`);
      continue;
    }
    if (now < nextLook) continue;
    if (await hasTurnEnded(job, isTerminal)) {
      await pauseFor(goodbyeMilliseconds, signal);
      if (signal.aborted) return;
      log.info({ jobID: job.jobId }, "the turn has ended; stopping its container");
      await stop("the turn was ended");
      continue;
    }
    nextLook = Date.now() + watchMilliseconds;
  }
}

/** Asks a job's container to end, with the reason that the turn is told. Never rejects. */
export async function stopJob(job: Job, reason: string, dependencies: JobDependencies): Promise<void> {
  const { containers, settings, log } = dependencies;
  try {
    if (job.record.stopReason === undefined) await job.tryToNote({ stopReason: reason }, log);
    log.info({ jobID: job.jobId, reason }, "stopping a job");
    await containers.stop(job.jobId, Math.ceil(settings().stopGrace / 1000));
  } catch (error) {
    log.error({ jobID: job.jobId, err: error }, "a job could not be stopped");
  }
}

/** Gives signs of life to a job's turn until the signal aborts. */
export async function keepAlive(
  job: Job,
  milliseconds: number,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pauseFor(milliseconds, signal);
    if (signal.aborted) return;
    try {
      if (!(await job.session.update({}, { attempts: 1 }))) return;
    } catch (error) {
      if (!isTransient(error)) return;
      log.debug({ jobID: job.jobId, err: error }, "a sign of life was lost");
    }
  }
}

function formatHours(milliseconds: number): string {
  if (milliseconds >= 3_600_000) return `${Number((milliseconds / 3_600_000).toFixed(1))} h`;
  if (milliseconds >= 60_000) return `${Number((milliseconds / 60_000).toFixed(1))} min`;
  return `${milliseconds / 1000} s`;
}
