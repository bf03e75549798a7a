import type { RunnerConfig } from "@plano/runner-home";
import { pauseFor, sleep, withDeadline } from "@plano/waiting";
import type { Logger } from "pino";
import type { Jobs } from "./jobs/jobs.ts";
import type { QueuePool } from "./queues/queue-pool.ts";

export interface ShutdownOptions {
  readonly pool: QueuePool;
  readonly jobs: Jobs;
  readonly settings: () => RunnerConfig;
  /** When the server last answered, in milliseconds of `performance.now()`. */
  readonly answeredAt: () => number;
  readonly log: Logger;
  /** Aborts when there is to be no more waiting. */
  readonly force: AbortSignal;
}

/** `forced`: jobs were left running, or were broken off. */
export type ShutdownEnd = "clean" | "forced";

/** What may still take time after the waiting is over, in milliseconds. */
const lastWordsMilliseconds = 5_000;
/** How long a server that does not answer is waited for where jobs have ended and only it has not been told. */
const silentMilliseconds = 5_000;
const lookMilliseconds = 250;

/**
 * Drains the queues and waits for the jobs, up to `shutdown_timeout`. Jobs that are left then are stopped and
 * reported, or left as they are for the next start, as the configuration says. Of jobs that have ended the next
 * start tells a server that is away.
 */
export async function shutDown(options: ShutdownOptions): Promise<ShutdownEnd> {
  const { pool, jobs, settings, log, force } = options;
  const { shutdownTimeout, onShutdown, stopGrace } = settings();
  jobs.close();
  const drained = pool.drain();
  await withDeadline(shutdownTimeout, (patience) => settleOrReport(options, patience), force);
  const left = running(jobs);
  if (left > 0) {
    log.warn({ jobs: left, onShutdown }, "jobs outlast the shutdown");
    if (onShutdown === "stop") {
      await withDeadline(stopGrace + 2 * lastWordsMilliseconds, (limit) =>
        Promise.race([jobs.stopAll("the runner was shut down").then(() => jobs.settle(limit)), ended(limit)]),
      );
    }
  }
  const untold = jobs.list().length - running(jobs);
  if (untold > 0) log.warn({ jobs: untold }, "the next start tells the server how jobs have ended");
  const hurry = () => pool.force();
  if (left > 0 || force.aborted) hurry();
  else force.addEventListener("abort", hurry, { once: true });
  await Promise.race([drained, ended(force).then(() => sleep(lastWordsMilliseconds))]);
  await Promise.race([jobs.leave(), sleep(lastWordsMilliseconds)]);
  return left > 0 ? "forced" : "clean";
}

/** Resolves when no job is left, when nothing but a server that is away keeps them, or when the signal aborts. */
async function settleOrReport({ jobs, answeredAt }: ShutdownOptions, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const settled = jobs.settle(either).then(() => over.abort());
  let since = performance.now();
  while (!either.aborted) {
    const now = performance.now();
    if (running(jobs) > 0) since = now;
    if (now - Math.max(since, answeredAt()) > silentMilliseconds) over.abort();
    else await pauseFor(lookMilliseconds, either);
  }
  await settled;
}

/** How many jobs have not ended; the others are only to be reported. */
function running(jobs: Jobs): number {
  return jobs.list().filter(({ step }) => step !== "reporting").length;
}

/** Resolves when a signal aborts. */
function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
