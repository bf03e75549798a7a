import { isRuntimeFailure, RuntimeError } from "@plano/runtime";
import { sleep } from "@plano/waiting";
import type { Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";

/** How long an engine that is away is waited for, in milliseconds. */
const engineMilliseconds = 60_000;
const engineRetryMilliseconds = 500;
/** An engine that goes down may answer, and fail, for a moment longer. */
const pauseMilliseconds = 1_000;
const mostRefusals = 3;

/** Repeats a call that may be made any number of times, while the engine does not answer. */
export async function whileEngineIsAway<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const end = Date.now() + engineMilliseconds;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isRuntimeFailure(error, "unavailable") || Date.now() > end) throw error;
      await sleep(engineRetryMilliseconds, signal);
    }
  }
}

/**
 * Does a part of what leads to a job's start, and again from the beginning if the engine failed in it: an engine
 * that restarts refuses with odd words, goes away, and leaves networks and containers half made. Nothing is
 * repeated when the job's container may have begun to run, since a job starts at most once.
 */
export async function againAfterEngine<T>(
  job: Job,
  dependencies: JobDependencies,
  signal: AbortSignal,
  part: (isFirst: boolean) => Promise<T>,
): Promise<T> {
  const { containers, log } = dependencies;
  const { jobId } = job;
  const end = Date.now() + engineMilliseconds;
  let refusals = 0;
  for (let isFirst = true; ; isFirst = false) {
    try {
      if (!isFirst) await containers.clear(jobId, signal);
      return await part(isFirst);
    } catch (error) {
      if (!(error instanceof RuntimeError) || isRuntimeFailure(error, "not-found")) throw error;
      if (!isRuntimeFailure(error, "unavailable")) refusals += 1;
      if (refusals === mostRefusals || Date.now() > end) throw error;
      await sleep(pauseMilliseconds * Math.max(1, refusals), signal);
      const found = await whileEngineIsAway(signal, () => containers.list(signal));
      const phase = found.find((container) => container.jobId === jobId)?.phase;
      if (phase === "running" || phase === "exited") throw error;
      log.warn({ jobID: jobId, err: error }, "the engine failed; trying again");
    }
  }
}
