import { existsSync } from "node:fs";
import { AppError } from "@plano/errors";
import { jobLogFile, type RunnerFolders } from "@plano/runner-home";
import { showControls } from "@plano/terminal";
import { pauseFor } from "@plano/waiting";
import { untilInterrupted } from "../../../api/until-interrupted.ts";
import type { Context } from "../../../context.ts";
import { exitCodes } from "../../../exit-codes.ts";
import { findJob } from "../../../jobs/find-job.ts";
import { jobsOfDaemon, listJobLogs } from "../../../jobs/local-jobs.ts";
import { followFile, readEnd } from "../../../jobs/log-file.ts";
import { showInPager } from "../../../jobs/pager.ts";
import { foldersOf } from "../../../jobs/runner-setup.ts";

export interface JobLogsOptions {
  readonly jobId: string;
  readonly follow: boolean;
  /** How many of the last lines; all when undefined. */
  readonly lines?: number;
  /** One JSON object a line, with the line's text as `Message`. */
  readonly json: boolean;
}

/** How often the runner is asked whether a job that is followed goes on, and what its last lines get to be read. */
const askMilliseconds = 1_000;

/**
 * Shows a job's log: in a pager on a terminal, and with `follow` what is added until the job has ended, or 130
 * if the user has enough before.
 */
export async function run(options: JobLogsOptions, context: Context): Promise<number> {
  const { follow, lines, json } = options;
  const { terminal, environment, outputIsTerminal, platform } = context;
  const folders = foldersOf(context);
  const jobId = await findJob(options.jobId, async () =>
    [...((await jobsOfDaemon(folders)) ?? []), ...listJobLogs(folders)].map((job) => job.jobId),
  );
  const path = jobLogFile(folders, jobId, platform);
  if (!existsSync(path)) {
    const active = (await jobsOfDaemon(folders))?.find((job) => job.jobId === jobId);
    if (active === undefined) throw noLog(jobId);
    terminal.errorLine(`There is no log yet: the job is ${active.step}.`);
    if (!follow) return 0;
  }
  const asLines = lineObjects(terminal.raw);
  const write = json ? asLines.write : terminal.raw;
  if (follow) {
    if ((await jobsOfDaemon(folders)) === undefined) {
      terminal.errorLine("No runner is running that knows when the job ends: Ctrl-C ends this.");
    }
    const onText = outputIsTerminal && !json ? (text: string) => terminal.raw(showControls(text)) : write;
    const isOver = await untilInterrupted(context, async (signal) => {
      await untilEnded(folders, jobId, signal, (either) =>
        followFile(path, { lines, signal: either, onText }),
      );
      return true;
    });
    if (json) asLines.end();
    return isOver ? exitCodes.success : exitCodes.interrupted;
  }
  if (outputIsTerminal && !json) return showInPager(readEnd(path, lines), environment);
  for (const text of readEnd(path, lines)) write(text);
  if (json) asLines.end();
  return 0;
}

/** Turns pieces of text into one JSON object for each line. */
function lineObjects(write: (text: string) => void) {
  let rest = "";
  const object = (line: string) => `${JSON.stringify({ Message: line })}\n`;
  return {
    write: (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      write(lines.map(object).join(""));
    },
    end: () => {
      if (rest !== "") write(object(rest));
    },
  };
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
  const ask = async () => {
    while (!either.aborted) {
      // A runner that does not answer at the time is asked again: the job may go on.
      const jobs = await jobsOfDaemon(folders).catch(() => undefined);
      // What it has written by then is read during the pause.
      await pauseFor(askMilliseconds, either);
      if (jobs?.every((job) => job.jobId !== jobId)) ended.abort();
    }
  };
  const asking = ask();
  try {
    await work(either);
  } catch (error) {
    if (!ended.signal.aborted) throw error;
  } finally {
    ended.abort();
    await asking;
  }
}
