import { turnStatuses } from "@plano/protocol";
import { whileEngineIsAway } from "./begin-anew.ts";
import type { InvokeRequest } from "./check-request.ts";
import { followJob } from "./follow-job.ts";
import type { Interruption, Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";
import { jobOutcome } from "./job-outcome.ts";
import { reportFailure, reportStatus } from "./report.ts";
import { describeStartFailure, startJob } from "./start-job.ts";
import { keepAlive } from "./watch.ts";

/**
 * A new job from its place in the queue to its end: wait for room, start its container, follow it, report
 * what its agent has not, and clear up. Never rejects. When `leave` aborts, a job that runs is left as it is,
 * for the next daemon to go on with.
 */
export async function runJob(
  job: Job,
  request: InvokeRequest,
  dependencies: JobDependencies,
  leave: AbortSignal,
): Promise<void> {
  const { capacity, heartbeatMilliseconds, log } = dependencies;
  const started = new AbortController();
  const alive = keepAlive(
    job,
    heartbeatMilliseconds,
    log,
    AbortSignal.any([started.signal, job.signal, leave]),
  );
  let hasPlace = false;
  try {
    await capacity.enter(job.signal, () => {
      job.step = "waiting";
      reportStatus(job, turnStatuses.waitingForCapacity).catch((error: unknown) => {
        log.warn({ jobID: job.jobId, err: error }, "the turn could not be told that its job waits");
      });
    });
    hasPlace = true;
    await startJob(job, request, dependencies);
  } catch (error) {
    started.abort();
    await alive;
    if (hasPlace) capacity.leave();
    await endJob(job, failureToStart(job, error), dependencies, leave);
    return;
  }
  started.abort();
  await alive;
  await superviseJob(job, dependencies, leave);
}

/** The second half of a job's life, which is all of it for one that was found running. It has a place already. */
export async function superviseJob(
  job: Job,
  dependencies: JobDependencies,
  leave: AbortSignal,
): Promise<void> {
  const { capacity, log } = dependencies;
  try {
    const failure = await followJob(job, dependencies, leave);
    await endJob(job, failure, dependencies, leave);
  } catch (error) {
    if (leave.aborted) return;
    log.error({ jobID: job.jobId, err: error }, "a job could not be followed");
    await endJob(job, describeStartFailure(error), dependencies, leave);
  } finally {
    capacity.leave();
  }
}

/** Reports how a job ended, unless there is nothing to report, and clears everything of it away. Never rejects. */
export async function endJob(
  job: Job,
  failure: string | undefined,
  dependencies: JobDependencies,
  leave: AbortSignal,
): Promise<void> {
  const { journal, containers, measures, onOutcome, log } = dependencies;
  const outcome = jobOutcome(job.record, failure, new Date());
  job.step = "clearing";
  try {
    // Without room on the disk the turn is told all the same.
    const told = failure === undefined ? {} : { failure };
    await job.tryToNote({ phase: "ended", request: undefined, ...told }, log);
    const isClear = await clearJob(job, dependencies);
    if (failure !== undefined) {
      job.step = "reporting";
      await reportFailure(job, failure, log, leave);
      measures.jobsFailed += 1;
    }
    // The turn has been told; an engine that was away may be back by now.
    if (!isClear) {
      await whileEngineIsAway(leave, () => containers.clear(job.jobId)).catch((error: unknown) => {
        log.warn({ jobID: job.jobId, err: error }, "what is left of a job goes with the orphans");
      });
    }
    await journal.finish(job.jobId);
    measures.jobsEnded += 1;
    onOutcome(outcome);
  } catch (error) {
    if (!leave.aborted) log.error({ jobID: job.jobId, err: error }, "a job's end could not be recorded");
  }
}

/** Whether nothing of the job is left in the engine. */
async function clearJob({ jobId }: Job, { containers, log }: JobDependencies): Promise<boolean> {
  try {
    await containers.clear(jobId);
    return true;
  } catch (error) {
    log.warn({ jobID: jobId, err: error }, "a job could not be cleared away yet");
    return false;
  }
}

/** What the turn is told of a job that did not start; undefined if it needs to be told nothing. */
function failureToStart(job: Job, error: unknown): string | undefined {
  const interruption = job.interruption ?? (isInterruption(error) ? error : undefined);
  if (interruption === undefined) return describeStartFailure(error);
  if (interruption.kind === "turn-ended" || interruption.kind === "elsewhere") return undefined;
  return interruption.kind === "stopped"
    ? interruption.reason
    : "the runner was shut down before the job began";
}

function isInterruption(error: unknown): error is Interruption {
  return typeof error === "object" && error !== null && "kind" in error;
}
