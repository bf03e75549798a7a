import { ConnectionError } from "@plano/client";
import { AppError } from "@plano/errors";
import type { Context } from "../../../context.ts";
import { formatJobTable } from "../../../jobs/format-job-table.ts";
import { fetchJobFacts, type OnFailure } from "../../../jobs/job-facts.ts";
import { findActiveJobs, listJobLogs } from "../../../jobs/local-jobs.ts";
import { type ListedJob, mergeJobs, sortJobs } from "../../../jobs/merge-jobs.ts";
import { tellMissing } from "../../../jobs/missing-variables.ts";
import { foldersOf, type RunnerSetup, readLocalSetup } from "../../../jobs/runner-setup.ts";

export interface ListJobsOptions {
  readonly configFile?: string;
  /** Jobs that have ended, too. */
  readonly all: boolean;
  /** Ask nobody but this machine: no titles, and the time is when the job came here. */
  readonly offline: boolean;
  /** Say what the server could not be asked. */
  readonly verbose: boolean;
  readonly json: boolean;
}

/** Lists this machine's jobs. */
export async function run(options: ListJobsOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const folders = foldersOf(context);
  const active = await findActiveJobs(options.configFile, context);
  const setup = options.offline ? undefined : setupForServer(options.configFile, context);
  const jobs = mergeJobs(active, options.all ? listJobLogs(folders) : []);
  let hasAnswered = true;
  const onFailure: OnFailure = (jobId, error) => {
    if (error instanceof ConnectionError) hasAnswered = false;
    if (options.verbose)
      terminal.warning(`${jobId}: ${error instanceof Error ? error.message : String(error)}`);
  };
  const listed = setup === undefined ? jobs : await fetchJobFacts(jobs, setup, context, onFailure);
  if (!hasAnswered)
    terminal.warning("the server did not answer: titles are missing, and times are when the jobs came here");
  const sorted = sortJobs(listed);
  if (options.json) terminal.json(sorted.map(toJson));
  else for (const line of formatJobTable(sorted, terminal.style.bold)) terminal.line(line);
  return 0;
}

/** What the server is asked with; undefined, which is said, where the configuration does not tell that. */
function setupForServer(configFile: string | undefined, context: Context): RunnerSetup | undefined {
  const withoutServer = "the server is not asked: titles are missing";
  try {
    const { config, runner, missing } = readLocalSetup(configFile, context);
    if (runner !== undefined) return { config, ...runner };
    context.terminal.warning(`${tellMissing(missing)}; ${withoutServer}`);
  } catch (error) {
    // The runner that told its jobs goes on with the configuration that it has.
    if (!(error instanceof AppError)) throw error;
    context.terminal.warning(`${error.message}; ${withoutServer}`);
  }
  return undefined;
}

function toJson(job: ListedJob) {
  const { jobId, taskId, turnIndex, title, step, image, createdAt } = job;
  return {
    jobId,
    taskId,
    turnIndex,
    title: title ?? null,
    running: step === "running",
    step: step ?? "ended",
    image: image ?? null,
    createdAt: createdAt?.toISOString() ?? null,
  };
}
