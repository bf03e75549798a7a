import { parseDuration } from "@plano/runner-home";
import { InvalidArgumentError } from "commander";
import { count, withExamples, withJson, withRunnersFile } from "./options.ts";
import type { AddCommands } from "./perform.ts";

const jobIdHelp = "as plan42 runner job list shows it, or the beginning of it or of its task";

/** `plan42 runner job …`. */
export const addJobCommands: AddCommands = (parent, context, perform) => {
  const job = parent
    .command("job")
    .summary("jobs of this machine's runner")
    .description("Shows and ends the jobs of this machine's runner.");

  withExamples(
    withJson(
      withRunnersFile(
        job
          .command("list")
          .summary("list jobs")
          .description("Lists the jobs that the runner has in hand, newest first.")
          .option("-a, --all", "jobs that have ended and left a log, too", false)
          .option(
            "--offline",
            "do not ask the server: no titles, and the time is when a job came here",
            false,
          )
          .option("--verbose", "say what the server did not tell", false),
      ),
    ),
    "plan42 runner job list",
    "plan42 runner job list --all --json",
  ).action(
    async (flags: {
      all: boolean;
      offline: boolean;
      verbose: boolean;
      json: boolean;
      configFile?: string;
    }) => {
      const { run } = await import("../commands/runner/job/list.ts");
      await perform(run(flags, context));
    },
  );

  withExamples(
    withJson(
      job
        .command("logs")
        .summary("show a job's log")
        .description("Shows what a job has printed, without secrets. Uses $PAGER on a terminal.")
        .argument("<job-id>", jobIdHelp)
        .option("-f, --follow", "go on with what is added until the job has ended, or Ctrl-C", false)
        .option("-n, --lines <count>", "only so many of the last lines", count(0)),
    ),
    "plan42 runner job logs -f plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1",
    "plan42 runner job logs --lines 50 plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1",
  ).action(async (jobId: string, flags: { follow: boolean; lines?: number; json: boolean }) => {
    const { run } = await import("../commands/runner/job/logs.ts");
    await perform(run({ jobId, ...flags }, context));
  });

  withExamples(
    withJson(
      withRunnersFile(
        job
          .command("kill")
          .summary("end a job")
          .description(
            "Ends a job, and fails its turn. Without a running runner the container alone is ended.",
          )
          .argument("<job-id>", jobIdHelp),
      ),
    ),
    "plan42 runner job kill plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1",
  ).action(async (jobId: string, flags: { json: boolean; configFile?: string }) => {
    const { run } = await import("../commands/runner/job/kill.ts");
    await perform(run({ jobId, ...flags }, context));
  });

  withExamples(
    withJson(
      withRunnersFile(
        job
          .command("prune")
          .summary("delete logs of jobs that have ended")
          .description("Deletes the logs of jobs that have ended, but for those of the last minute.")
          .option("--older-than <time>", "only those that are older, such as 7d or 12h", duration)
          .option("--keep <count>", "keep so many of the newest", count(0))
          .option("--images", "remove images that no job has used for that time, too", false),
      ),
    ),
    "plan42 runner job prune",
    "plan42 runner job prune --older-than 7d --keep 20 --images",
  ).action(
    async (flags: {
      olderThan?: number;
      keep?: number;
      images: boolean;
      json: boolean;
      configFile?: string;
    }) => {
      const { run } = await import("../commands/runner/job/prune.ts");
      await perform(run(flags, context));
    },
  );
};

function duration(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw new InvalidArgumentError("It must be a time such as 7d, 12h or 30m.");
}
