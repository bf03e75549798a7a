import { type Client, ConnectionError } from "@plano/client";
import type { Context } from "../context.ts";
import type { ListedJob } from "./merge-jobs.ts";
import { type RunnerSetup, withRunnerClient } from "./runner-setup.ts";

/** Hears of each call that has failed. */
export type OnFailure = (jobId: string, error: unknown) => void;

const workers = 10;
const deadline = 10_000;

/**
 * Puts in what only the server knows: the task's title, the turn's time. What it does not tell is left blank; the
 * time stays this machine's where it does not answer.
 */
export async function fetchJobFacts(
  jobs: readonly ListedJob[],
  setup: RunnerSetup,
  context: Context,
  onFailure: OnFailure,
): Promise<readonly ListedJob[]> {
  if (jobs.length === 0) return jobs;
  return withRunnerClient(setup, context, async (client) => {
    const result: ListedJob[] = [...jobs];
    let next = 0;
    const work = async () => {
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index];
        if (job !== undefined) result[index] = await withFacts(job, client, setup.tenantId, onFailure);
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    return result;
  });
}

async function withFacts(
  job: ListedJob,
  client: Client,
  tenantId: string,
  onFailure: OnFailure,
): Promise<ListedJob> {
  const path = { tenantId, taskId: job.taskId };
  const query = { includeDeleted: true };
  let hasAnswered = true;
  const orBlank = async <Result>(call: Promise<Result>): Promise<Result | undefined> => {
    try {
      return await call;
    } catch (error) {
      if (error instanceof ConnectionError) hasAnswered = false;
      onFailure(job.jobId, error);
      return undefined;
    }
  };
  const [task, turn] = await Promise.all([
    orBlank(client.call("getTask", { path, query, deadline })),
    orBlank(client.call("getTurn", { path: { ...path, turnIndex: String(job.turnIndex) }, query, deadline })),
  ]);
  const localTime = hasAnswered ? undefined : job.createdAt;
  return {
    ...job,
    title: task?.Title,
    createdAt: turn === undefined ? localTime : new Date(turn.CreatedAt),
  };
}
