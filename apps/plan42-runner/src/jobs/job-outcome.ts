import type { JobRecord } from "./job-record.ts";

/** How a job ended, in the words of OpenTelemetry's conventions for CI/CD (`cicd.pipeline.result`). */
export type JobResult = "success" | "failure" | "timeout" | "cancellation" | "error";

/** A job that has ended, for those who count and trace. */
export interface JobOutcome {
  readonly jobId: string;
  readonly taskId: string;
  readonly turnIndex: number;
  readonly image: string;
  readonly acceptedAt: Date;
  /** Undefined for one whose container never ran. */
  readonly startedAt: Date | undefined;
  readonly endedAt: Date;
  readonly result: JobResult;
  /** What the turn was told; undefined when its agent has told the end itself. */
  readonly failure: string | undefined;
}

/** The outcome of a job, of whose turn `failure` is to be told. */
export function jobOutcome(record: JobRecord, failure: string | undefined, endedAt: Date): JobOutcome {
  const { jobId, turn, image, acceptedAt, startedAt } = record;
  return {
    jobId,
    taskId: turn.TaskId,
    turnIndex: turn.TurnIndex,
    image,
    acceptedAt: new Date(acceptedAt),
    startedAt: startedAt === undefined ? undefined : new Date(startedAt),
    endedAt,
    result: resultOf(record, failure),
    failure,
  };
}

function resultOf({ stopReason, startedAt }: JobRecord, failure: string | undefined): JobResult {
  if (stopReason?.startsWith("timed out")) return "timeout";
  if (stopReason !== undefined) return "cancellation";
  if (failure === undefined) return "success";
  return startedAt === undefined ? "error" : "failure";
}
