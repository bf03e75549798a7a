import { AppError } from "@plano/errors";
import { createControlClient, leaveKill } from "@plano/runner-home";
import type { Context } from "../../../context.ts";
import { exitCodes } from "../../../exit-codes.ts";
import { checkJobId } from "../../../jobs/check-job-id.ts";
import { jobsOfRuntime } from "../../../jobs/local-jobs.ts";
import { foldersOf, openRuntime, readSetup } from "../../../jobs/runner-setup.ts";

export interface KillJobOptions {
  readonly jobId: string;
  readonly configFile?: string;
  readonly json: boolean;
}

/** Ends a job: by the runner, which also fails its turn, or by the container runtime if no runner runs. */
export async function run({ jobId, configFile, json }: KillJobOptions, context: Context): Promise<number> {
  checkJobId(jobId);
  const { terminal } = context;
  const answer = await createControlClient(foldersOf(context).controlSocket).kill(jobId);
  if (answer?.result === "killed") {
    if (json) terminal.json({ jobId, turnFails: true });
    else terminal.success(`${jobId} is killed, and its turn fails`);
    return 0;
  }
  if (answer !== undefined) throw noSuchJob(jobId);
  const setup = readSetup(configFile, context);
  const runtime = openRuntime(setup, context);
  const running = await jobsOfRuntime(runtime, setup.runnerId);
  if (!running.some((job) => job.jobId === jobId)) {
    throw new AppError(`the runner does not run, and no container of ${jobId} does`, {
      code: "not-running",
      hint: "plan42 runner job list --all shows how jobs of this machine have ended.",
      exitCode: exitCodes.notRunning,
    });
  }
  leaveKill(foldersOf(context).journal, jobId);
  await runtime.kill(jobId);
  if (json) terminal.json({ jobId, turnFails: false });
  else terminal.success(`${jobId} is killed`);
  terminal.warning(
    "the runner does not run; the turn fails when it is started again, or for want of signs of life",
  );
  return 0;
}

function noSuchJob(jobId: string): AppError {
  return new AppError(`no job ${jobId} is running here`, {
    code: "no-such-job",
    hint: "plan42 runner job list shows those that are.",
  });
}
