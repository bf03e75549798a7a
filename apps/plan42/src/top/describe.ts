import type { QueueStatus, RunnerStatus } from "@plano/runner-home";
import { parseJobId } from "@plano/runtime";
import { formatBytes, formatDuration, oneLine } from "@plano/terminal";
import type { TopJob, TopSample } from "./sample.ts";

/** `process 12, version 0.1.0, for 3h 5m`. */
export function describeProcess({ pid, version, startedAt }: RunnerStatus, at: number): string {
  return `process ${pid}, version ${version}, for ${since(startedAt, at)}`;
}

/** `server ok`, or what went wrong at the last call. */
export function describeServer({ server }: RunnerStatus): string {
  return server === "ok" ? "server ok" : `server: ${oneLine(server)}`;
}

/** `1 of 4 running, 0 waiting`. */
export function describeCapacity({ running, waiting, maximum }: RunnerStatus["capacity"]): string {
  return `${running} of ${maximum} running, ${waiting} waiting`;
}

/** A queue's row of a table. */
export function queueCells(queue: QueueStatus, at: number): readonly string[] {
  const { queueId, phase, lastPollAt, lastPollMilliseconds, lastPollMessages } = queue;
  const poll =
    lastPollAt === null || typeof lastPollMilliseconds !== "number"
      ? "no poll was answered yet"
      : `last poll ${since(lastPollAt, at)} ago, took ${formatDuration(lastPollMilliseconds)}, ${count(lastPollMessages ?? 0, "message")}`;
  return [queueId.slice(0, 8), phase, poll];
}

export const jobHeader = ["Task", "Turn", "Step", "CPU", "Memory", "Elapsed", "Last line"] as const;

/** A job's row of the table below {@link jobHeader}. */
export function jobCells(job: TopJob, at: number): readonly string[] {
  const { taskId = job.jobId, turnIndex = 1 } = parseJobId(job.jobId) ?? {};
  return [taskId.slice(0, 8), String(turnIndex), ...workCells(job, at)];
}

/** What a job's row tells but for which one it is. */
export function workCells(job: TopJob, at: number): readonly string[] {
  const { step, processors, memoryBytes, startedAt, acceptedAt, lastLine } = job;
  return [
    step,
    processors === null ? "–" : processors.toFixed(2),
    memoryBytes === null ? "–" : formatBytes(memoryBytes),
    since(startedAt ?? acceptedAt, at),
    lastLine ?? "",
  ];
}

/** A job that is still there. */
export function findJob(sample: TopSample | undefined, jobId: string | undefined): TopJob | undefined {
  return sample?.jobs.find((job) => job.jobId === jobId);
}

function since(time: string, at: number): string {
  return formatDuration(Math.max(0, at - Date.parse(time)));
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
