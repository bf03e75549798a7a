import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "@plano/errors";
import { jobLogFile, type RunnerFolders } from "@plano/runner-home";
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

/** How often the runner is asked whether a job that is followed goes on, and what its last lines get to be read. */
const askMilliseconds = 1_000;

/** Shows a job's log: in a pager on a terminal, and with `follow` what is added until the job has ended. */
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
    const onText = outputIsTerminal ? (text: string) => terminal.raw(showControls(text)) : terminal.raw;
    await untilInterrupted(context, (signal) =>
      untilEnded(folders, jobId, signal, (either) => followFile(path, { lines, signal: either, onText })),
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

/** Does work until the runner no longer has the job in hand. Without a runner nobody knows whether it goes on. */
async function untilEnded(
  folders: RunnerFolders,
  jobId: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<never>,
): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const asking = (async () => {
    for (;;) {
      const jobs = await jobsOfDaemon(folders).catch(() => undefined);
      // What it has written by then is read during the pause.
      await sleep(askMilliseconds, undefined, { signal: either });
      if (jobs?.every((job) => job.jobId !== jobId)) return ended.abort();
    }
  })().catch(() => {});
  try {
    await work(either);
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    ended.abort();
    await asking;
  }
}
