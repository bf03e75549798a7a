import { stripVTControlCharacters } from "node:util";
import { createControlClient, type JobStatus, jobLogFile, type RunnerUsage } from "@plano/runner-home";
import { oneLine } from "@plano/terminal";
import { sleep } from "@plano/waiting";
import type { Context } from "../context.ts";
import { readLastLine } from "../jobs/log-file.ts";
import { foldersOf } from "../jobs/runner-setup.ts";
import type { TopJob, TopSample } from "./sample.ts";

/** Looks at the runner again and again: how busy a job keeps processors is known from the second look on. */
export interface Sampler {
  /** Undefined when no runner runs. */
  take(): Promise<TopSample | undefined>;
}

const settleMilliseconds = 500;

export function createSampler(context: Context): Sampler {
  const folders = foldersOf(context);
  const client = createControlClient(folders.controlSocket);
  let before: RunnerUsage | undefined;
  return {
    take: async () => {
      // A runner of an older version tells of everything else.
      const [status, usage] = await Promise.all([client.status(), client.usage().catch(() => undefined)]);
      if (status === undefined) return undefined;
      const jobs = status.jobs.map((job): TopJob => {
        const line = readLastLine(jobLogFile(folders, job.jobId, context.platform));
        return {
          ...job,
          ...usageOf(job, usage, before),
          lastLine: line === undefined ? null : oneLine(stripVTControlCharacters(line)),
        };
      });
      before = usage;
      return { at: Date.now(), status, jobs };
    },
  };
}

/** One look that tells all: with jobs, it takes two. */
export async function takeWhole(sampler: Sampler, signal: AbortSignal): Promise<TopSample | undefined> {
  const first = await sampler.take();
  if (first === undefined || first.jobs.length === 0) return first;
  await sleep(settleMilliseconds, signal);
  return await sampler.take();
}

/** What a job uses, by two readings; those of another run of the container tell nothing of each other. */
export function usageOf(
  { jobId }: Pick<JobStatus, "jobId">,
  now: RunnerUsage | undefined,
  before: RunnerUsage | undefined,
): Pick<TopJob, "processors" | "memoryBytes"> {
  const find = (usage: RunnerUsage | undefined) => usage?.jobs.find((job) => job.jobId === jobId);
  const [last, earlier] = [find(now), find(before)];
  if (now === undefined || last === undefined) return { processors: null, memoryBytes: null };
  const { memoryBytes } = last;
  if (before === undefined || earlier === undefined) return { processors: null, memoryBytes };
  const seconds = (now.at - before.at) / 1000;
  const busy = last.processorSeconds - earlier.processorSeconds;
  return { processors: seconds > 0 && busy >= 0 ? busy / seconds : null, memoryBytes };
}
