const pattern = /^plan42-([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})-([1-9][0-9]{0,9})$/;

/** Which turn a job works on. */
export interface JobTurn {
  /** Canonical UUID, in lower case. */
  readonly taskId: string;
  /** From 1. */
  readonly turnIndex: number;
}

/** `plan42-<task>-<turn>`: the job's id, its container's name and its log's. */
export function formatJobId({ taskId, turnIndex }: JobTurn): string {
  return `plan42-${taskId}-${turnIndex}`;
}

/** The parts of a job id, or undefined if it is none: nothing but a canonical id ever becomes a file name. */
export function parseJobId(jobId: string): JobTurn | undefined {
  const [, taskId, turnIndex] = pattern.exec(jobId) ?? [];
  return taskId === undefined ? undefined : { taskId, turnIndex: Number(turnIndex) };
}
