import { count, withConfigFile, withExamples, withJson, withRunnersFile } from "./options.ts";
import type { AddCommands } from "./perform.ts";

/** `plan42 runner enable`, and what else is about the runner as a service. */
export const addServiceCommands: AddCommands = (runner, context, perform) => {
  withExamples(
    withConfigFile(
      runner
        .command("enable")
        .summary("have the runner run as a service")
        .description(
          "Has the runner run as a service of launchd (macOS) or of systemd's user manager (Linux), from now on and with every session. Run it again after a change of version: the runner that runs finishes its jobs or leaves them to the next one.",
        ),
    ),
    "plan42 runner enable",
    "plan42 runner enable --config-file ./runner.toml",
  ).action(async (flags: { configFile?: string }) => {
    const { run } = await import("../commands/runner/enable.ts");
    await perform(run(flags, context));
  });

  withExamples(
    runner
      .command("stop")
      .summary("stop the service until the next session")
      .description("Stops the runner's service; its jobs may finish. It starts again with the next session."),
    "plan42 runner stop",
  ).action(async () => {
    const { run } = await import("../commands/runner/stop.ts");
    await perform(run(context));
  });

  withExamples(
    runner
      .command("disable")
      .summary("have the runner be no service any more")
      .description("Stops the runner's service and takes it away; its jobs may finish."),
    "plan42 runner disable",
  ).action(async () => {
    const { run } = await import("../commands/runner/disable.ts");
    await perform(run(context));
  });

  withExamples(
    withJson(
      withRunnersFile(
        runner
          .command("status")
          .summary("tell how the runner is doing")
          .description(
            "Tells how the service and the runner itself are doing: queues, jobs, the last poll, the token. Ends with 4 when no runner runs.",
          ),
      ),
    ),
    "plan42 runner status",
    "plan42 runner status --json",
  ).action(async (flags: { configFile?: string; json: boolean }) => {
    const { run } = await import("../commands/runner/status.ts");
    await perform(run(flags, context));
  });

  withExamples(
    withJson(
      runner
        .command("top")
        .summary("watch the runner at work")
        .description(
          "Shows queues and jobs, with processors, memory and the last line of each job's log, and follows a log or kills a job on a key. Prints the same once as text where there is no terminal. Ends with 4 when no runner runs.",
        )
        .option("--interval <seconds>", "look so often (1 on a terminal, else once)", count(1, 3600)),
    ),
    "plan42 runner top",
    "plan42 runner top --json",
    "plan42 runner top --interval 10 >>runner.txt",
  ).action(async (flags: { interval?: number; json: boolean }) => {
    const { run } = await import("../commands/runner/top.ts");
    await perform(run(flags, context));
  });

  withExamples(
    runner
      .command("logs")
      .summary("show the service's log")
      .description("Shows the log of the runner's service, without secrets. Uses $PAGER on a terminal.")
      .option("-f, --follow", "go on with what is added until Ctrl-C", false)
      .option("-n, --lines <count>", "only so many of the last lines", count(0))
      .option("--journal", "what systemd's journal has of the service", false),
    "plan42 runner logs -f",
    "plan42 runner logs --lines 50",
  ).action(async (flags: { follow: boolean; lines?: number; journal: boolean }) => {
    const { run } = await import("../commands/runner/logs.ts");
    await perform(run(flags, context));
  });
};
