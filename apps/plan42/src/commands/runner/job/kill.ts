import { AppError } from "@plano/errors";
import { createControlClient, leaveKill, type RuntimeName } from "@plano/runner-home";
import type { Context } from "../../../context.ts";
import { exitCodes } from "../../../exit-codes.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { findActiveJobs, jobsOfRecords, jobsOfRuntime } from "../../../jobs/local-jobs.ts";
import { tellMissing } from "../../../jobs/missing-variables.ts";
import { foldersOf, openRuntime, readLocalSetup } from "../../../jobs/runner-setup.ts";

export interface KillJobOptions {
  readonly jobId: string;
  readonly configFile?: string;
  readonly json: boolean;
}

/** Ends a job: by the runner, which also fails its turn, or by the container runtime if no runner runs. */
export async function run(
  { configFile, json, ...options }: KillJobOptions,
  context: Context,
): Promise<number> {
  const { terminal } = context;
  const folders = foldersOf(context);
  const jobId = await findJob(options.jobId, async () =>
    (await findActiveJobs(configFile, context)).map((job) => job.jobId),
  );
  const answer = await createControlClient(folders.controlSocket).kill(jobId);
  if (answer?.result === "killed") {
    if (json) terminal.json({ jobId, turnFails: true });
    else terminal.success(`${jobId} is killed, and its turn fails`);
    return 0;
  }
  if (answer !== undefined) throw noSuchJob(jobId);
  const { config, runner, missing } = readLocalSetup(configFile, context);
  if (runner === undefined) {
    throw new AppError(`the runner does not run, and its token is not known: ${tellMissing(missing)}`, {
      code: "no-variable",
      hint: "Set them before, or start the runner and kill the job then.",
      exitCode: exitCodes.notConfigured,
    });
  }
  // It may have been begun when the configuration named another one.
  const { runtime: name = config.runtime } = jobsOfRecords(folders).find((job) => job.jobId === jobId) ?? {};
  const runtime = openRuntime({ config: { ...config, runtime: name as RuntimeName } }, context);
  const running = await jobsOfRuntime(runtime, runner.runnerId);
  if (!running.some((job) => job.jobId === jobId)) {
    throw new AppError(`the runner does not run, and no container of ${jobId} does`, {
      code: "not-running",
      hint: "plan42 runner job list --all shows how jobs of this machine have ended.",
      exitCode: exitCodes.notRunning,
    });
  }
  leaveKill(folders.journal, jobId);
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
