import type { JobStatus, RunnerUsage } from "@plano/runner-home";
import type { Runtime } from "@plano/runtime";
import { withDeadline } from "@plano/waiting";

const answerMilliseconds = 5_000;

/** Asks the runtimes what the containers of jobs use. Never rejects: what cannot be told is left out. */
export async function readUsage(
  runtimeOf: (jobId: string) => Pick<Runtime, "stats">,
  jobs: readonly JobStatus[],
): Promise<RunnerUsage> {
  const running = jobs.filter(({ step }) => step === "running");
  const read = await withDeadline(answerMilliseconds, (signal) =>
    Promise.allSettled(running.map(({ jobId }) => runtimeOf(jobId).stats(jobId, signal))),
  );
  return {
    at: performance.now(),
    jobs: running.flatMap(({ jobId }, index) => {
      const result = read[index];
      return result?.status === "fulfilled" && result.value !== undefined ? [{ jobId, ...result.value }] : [];
    }),
  };
}
