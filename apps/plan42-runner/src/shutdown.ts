import type { RunnerConfig } from "@plano/runner-home";
import { sleep, withDeadline } from "@plano/waiting";
import type { Logger } from "pino";
import type { Jobs } from "./jobs/jobs.ts";
import type { QueuePool } from "./queues/queue-pool.ts";

export interface ShutdownOptions {
  readonly pool: QueuePool;
  readonly jobs: Jobs;
  readonly settings: () => RunnerConfig;
  readonly log: Logger;
  /** Aborts when there is to be no more waiting. */
  readonly force: AbortSignal;
}

/** `forced`: jobs were left running, or were broken off. */
export type ShutdownEnd = "clean" | "forced";

/** What may still take time after the waiting is over, in milliseconds. */
const lastWordsMilliseconds = 5_000;

/**
 * Drains the queues and waits for the jobs, up to `shutdown_timeout`. Jobs that are left then are stopped and
 * reported, or left as they are for the next start, as the configuration says.
 */
export async function shutDown({ pool, jobs, settings, log, force }: ShutdownOptions): Promise<ShutdownEnd> {
  const { shutdownTimeout, onShutdown, stopGrace } = settings();
  jobs.close();
  const drained = pool.drain();
  const left = await withDeadline(shutdownTimeout, (patience) => jobs.settle(patience), force);
  if (left > 0) {
    log.warn({ jobs: left, onShutdown }, "jobs outlast the shutdown");
    if (onShutdown === "stop") {
      await withDeadline(stopGrace + 2 * lastWordsMilliseconds, (limit) =>
        Promise.race([jobs.stopAll("the runner was shut down").then(() => jobs.settle(limit)), ended(limit)]),
      );
    }
  }
  const hurry = () => pool.force();
  if (left > 0 || force.aborted) hurry();
  else force.addEventListener("abort", hurry, { once: true });
  await Promise.race([drained, ended(force).then(() => sleep(lastWordsMilliseconds))]);
  await Promise.race([jobs.leave(), sleep(lastWordsMilliseconds)]);
  return left > 0 ? "forced" : "clean";
}

/** Resolves when a signal aborts. */
function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
