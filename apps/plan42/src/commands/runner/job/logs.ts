import { existsSync } from "node:fs";
import { AppError } from "@plano/errors";
import { jobLogFile } from "@plano/runner-home";
import { showControls } from "@plano/terminal";
import { untilInterrupted } from "../../../api/until-interrupted.ts";
import type { Context } from "../../../context.ts";
import { checkJobId } from "../../../jobs/check-job-id.ts";
import { jobsOfDaemon } from "../../../jobs/local-jobs.ts";
import { followFile, readEnd } from "../../../jobs/log-file.ts";
import { showInPager } from "../../../jobs/pager.ts";
import { foldersOf } from "../../../jobs/runner-setup.ts";

export interface JobLogsOptions {
  readonly jobId: string;
  readonly follow: boolean;
  /** How many of the last lines; all when undefined. */
  readonly lines?: number;
}

/** Shows a job's log: in a pager on a terminal, and with `follow` what is added until interrupted. */
export async function run(options: JobLogsOptions, context: Context): Promise<number> {
  const { jobId, follow, lines } = options;
  checkJobId(jobId);
  const { terminal, environment, outputIsTerminal, platform } = context;
  const folders = foldersOf(context);
  const path = jobLogFile(folders, jobId, platform);
  if (!existsSync(path)) {
    const active = (await jobsOfDaemon(folders))?.find((job) => job.jobId === jobId);
    if (active === undefined) throw noLog(jobId);
    terminal.errorLine(`There is no log yet: the job is ${active.step}.`);
    if (!follow) return 0;
  }
  if (follow) {
    await untilInterrupted(context, (signal) =>
      followFile(path, {
        lines,
        signal,
        onText: outputIsTerminal ? (text) => terminal.raw(showControls(text)) : terminal.raw,
      }),
    );
    return 0;
  }
  if (outputIsTerminal) return showInPager(readEnd(path, lines), environment);
  for await (const text of readEnd(path, lines)) terminal.raw(text);
  return 0;
}

function noLog(jobId: string): AppError {
  return new AppError(`there is no log of ${jobId} here`, {
    code: "no-log",
    hint: "plan42 runner job list --all shows the jobs that left one.",
  });
}
