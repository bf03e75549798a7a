import { type JobTurn, parseJobId } from "@plano/runtime";
import type { ActiveJob, JobLogFile } from "./local-jobs.ts";

/** A job as it is listed. */
export interface ListedJob extends JobTurn {
  readonly jobId: string;
  /** Undefined when it is not known. */
  readonly title: string | undefined;
  /** Undefined once the job has ended. */
  readonly step: string | undefined;
  readonly image: string | undefined;
  readonly createdAt: Date | undefined;
}

/** Active jobs and those that left a log, each once. */
export function mergeJobs(active: readonly ActiveJob[], logs: readonly JobLogFile[]): readonly ListedJob[] {
  const jobs = new Map<string, ListedJob>();
  const add = (jobId: string, facts: Pick<ListedJob, "step" | "image" | "createdAt">) => {
    const turn = parseJobId(jobId);
    if (turn !== undefined && !jobs.has(jobId))
      jobs.set(jobId, { jobId, ...turn, title: undefined, ...facts });
  };
  for (const { jobId, step, image, since } of active) add(jobId, { step, image, createdAt: since });
  for (const { jobId, createdAt } of logs) add(jobId, { step: undefined, image: undefined, createdAt });
  return [...jobs.values()];
}

/** Newest first; then by title and task. */
export function sortJobs(jobs: readonly ListedJob[]): readonly ListedJob[] {
  const time = ({ createdAt }: ListedJob) => createdAt?.getTime() ?? 0;
  return jobs.toSorted(
    (a, b) =>
      time(b) - time(a) ||
      (a.title ?? "").localeCompare(b.title ?? "") ||
      a.taskId.localeCompare(b.taskId) ||
      a.turnIndex - b.turnIndex,
  );
}
