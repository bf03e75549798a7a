import { createBackoff } from "@plano/client";
import { isRuntimeFailure } from "@plano/runtime";
import { sleep } from "@plano/waiting";
import type { Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";
import { endJob, runJob, superviseJob } from "./run-job.ts";

export interface AdoptOptions {
  /** With the runtime that these jobs were begun in. */
  readonly former: JobDependencies;
  /** With the runtime that jobs are begun in now, mostly the same. */
  readonly present: JobDependencies;
  readonly leave: AbortSignal;
  /** Gets the rest of each job's life. */
  readonly done: (job: Job, life: Promise<void>) => void;
}

/** What is known of a job that a process before this one has left. */
type Leftover = "ended" | "runs" | "never-began" | "lost";

/**
 * Goes on with the jobs that an earlier daemon has left: those whose containers run or have ended are followed
 * to their end, those that never began are begun, and the others are reported as lost. Waits until the engine
 * answers. Resolves when all jobs are in hand.
 */
export async function adoptJobs(
  jobs: readonly Job[],
  { former: dependencies, present, leave, done }: AdoptOptions,
): Promise<void> {
  const { containers, log, measures } = dependencies;
  const found = await untilEngineAnswers(() => containers.list(), dependencies, leave);
  const phases = new Map(found.map(({ jobId, phase }) => [jobId, phase]));

  for (const job of jobs) {
    const leftover = judge(job, phases.get(job.jobId));
    log.info({ jobID: job.jobId, leftover }, "a job of an earlier run");
    if (leftover === "runs") {
      measures.jobsAdopted += 1;
      done(job, superviseJob(job, dependencies, leave));
      continue;
    }
    dependencies.capacity.leave();
    const { request, stopReason } = job.record;
    if (leftover === "never-began" && request !== undefined && stopReason === undefined) {
      // What it left half made is in the way; its container, if there is one, has never run.
      await untilEngineAnswers(() => containers.clear(job.jobId), dependencies, leave);
      done(job, runJob(job, request, present, leave));
      continue;
    }
    done(job, endJob(job, failureOf(job, leftover), dependencies, leave));
  }
}

function judge({ record }: Job, phase: "created" | "running" | "exited" | undefined): Leftover {
  if (record.phase === "ended") return "ended";
  if (phase === "running" || phase === "exited") return "runs";
  if (phase === "created" || record.phase === "accepted") return "never-began";
  return "lost";
}

function failureOf({ record }: Job, leftover: Leftover): string | undefined {
  if (leftover === "ended") return record.failure;
  if (record.stopReason !== undefined) return record.stopReason;
  return leftover === "lost"
    ? "the agent's container was lost while the runner was away"
    : "the runner was restarted before the job began";
}

async function untilEngineAnswers<T>(
  call: () => Promise<T>,
  { log }: JobDependencies,
  leave: AbortSignal,
): Promise<T> {
  const backoff = createBackoff({ minimum: 500, maximum: 10_000 });
  for (let count = 0; ; count += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isRuntimeFailure(error, "unavailable")) throw error;
      if (count === 0) log.error({ err: error }, "the container runtime does not answer; waiting for it");
      await sleep(backoff.failed(), leave);
    }
  }
}
