import type { Client } from "@plano/client";
import type { Context } from "../context.ts";
import type { ListedJob } from "./merge-jobs.ts";
import { type RunnerSetup, withRunnerClient } from "./runner-setup.ts";

const workers = 10;
const deadline = 10_000;

/** Puts in what only the server knows: the task's title, the turn's time. What it does not tell is left blank. */
export async function fetchJobFacts(
  jobs: readonly ListedJob[],
  setup: RunnerSetup,
  context: Context,
  onFailure: (message: string) => void,
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
  onFailure: (message: string) => void,
): Promise<ListedJob> {
  const path = { tenantId, taskId: job.taskId };
  const query = { includeDeleted: true };
  const orBlank = async <Result>(call: Promise<Result>): Promise<Result | undefined> => {
    try {
      return await call;
    } catch (error) {
      onFailure(`${job.jobId}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  const [task, turn] = await Promise.all([
    orBlank(client.call("getTask", { path, query, deadline })),
    orBlank(client.call("getTurn", { path: { ...path, turnIndex: String(job.turnIndex) }, query, deadline })),
  ]);
  return {
    ...job,
    title: task?.Title,
    createdAt: turn === undefined ? undefined : new Date(turn.CreatedAt),
  };
}
