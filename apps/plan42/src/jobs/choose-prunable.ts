import type { JobLogFile } from "./local-jobs.ts";

export interface PruneRules {
  /** Ids of jobs that have not ended. */
  readonly activeJobs: ReadonlySet<string>;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds since the last change; younger logs stay. */
  readonly olderThan: number;
  /** How many of the newest logs of ended jobs stay. */
  readonly keep: number;
}

/** A job that is about to start has a log before it has a container. */
const settleMilliseconds = 60_000;

/** The logs that may go, newest first. */
export function choosePrunable(logs: readonly JobLogFile[], rules: PruneRules): readonly JobLogFile[] {
  const { activeJobs, now, olderThan, keep } = rules;
  const limit = Math.max(olderThan, settleMilliseconds);
  return logs
    .filter(({ jobId }) => !activeJobs.has(jobId))
    .toSorted((a, b) => b.changedAt.getTime() - a.changedAt.getTime())
    .slice(keep)
    .filter(({ changedAt }) => now - changedAt.getTime() >= limit);
}
