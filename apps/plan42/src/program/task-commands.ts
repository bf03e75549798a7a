import type { ServerFlags } from "../api/server-choice.ts";
import type { CreateTaskOptions } from "../commands/task/create.ts";
import { collect, count, withExamples, withJson, withServerOptions } from "./options.ts";
import type { AddCommands } from "./perform.ts";

const taskHelp = "id, or the beginning of it";

/** `plan42 task …`. */
export const addTaskCommands: AddCommands = (parent, context, perform) => {
  const task = parent
    .command("task")
    .summary("tasks for agents")
    .description("Gives tasks to agents, and shows what became of them.");

  withExamples(
    withJson(
      withServerOptions(
        task
          .command("create")
          .summary("create a task")
          .description("Creates a task, which goes to a runner at once.")
          .argument("<prompt>", "what the agent is to do; - reads it from standard input")
          .option("--environment <environment>", "name or id (the only one)")
          .option("--title <text>", "title (the prompt's first line)")
          .option("--model <name>", "model for the agent (the service's default)")
          .option(
            "--repo <org/repo[:target[:feature]]>",
            "a repository, with its branches; may be repeated",
            collect,
            [],
          )
          .option(
            "-f, --follow",
            "show the log until the turn has ended; exit with 1 if it fails; with --json one object a line",
            false,
          ),
      ),
    ),
    'plan42 task create "Write a README" --follow',
    "plan42 task create --environment web --repo acme/web:main - < prompt.md",
  ).action(async (prompt: string, flags: Omit<CreateTaskOptions, "prompt">) => {
    const { run } = await import("../commands/task/create.ts");
    await perform(run({ prompt, ...flags }, context));
  });

  withExamples(
    withJson(
      withServerOptions(
        task.command("list").summary("list tasks").description("Lists the tenant's tasks, newest first."),
      ),
    ),
    "plan42 task list",
  ).action(async (flags: ServerFlags & { json: boolean }) => {
    const { run } = await import("../commands/task/list.ts");
    await perform(run(flags, context));
  });

  withExamples(
    withJson(
      withServerOptions(
        task
          .command("show")
          .summary("show a task")
          .description("Shows a task with its turns.")
          .argument("<task>", taskHelp),
      ),
    ),
    "plan42 task show 1f0c3a5e",
  ).action(async (written: string, flags: ServerFlags & { json: boolean }) => {
    const { run } = await import("../commands/task/show.ts");
    await perform(run({ task: written, ...flags }, context));
  });

  withExamples(
    withServerOptions(
      task
        .command("logs")
        .summary("show a task's log")
        .description("Shows the log of a task's last turn.")
        .argument("<task>", taskHelp)
        .option("-f, --follow", "go on until the turn has ended; exit with 1 if it fails", false)
        .option("--turn <number>", "another turn than the last", count(1))
        .option("--timestamps", "begin lines with their time", false)
        .option("--json", "print one JSON object a line", false),
    ),
    "plan42 task logs -f 1f0c3a5e",
  ).action(
    async (
      written: string,
      flags: ServerFlags & { follow: boolean; turn?: number; timestamps: boolean; json: boolean },
    ) => {
      const { run } = await import("../commands/task/logs.ts");
      await perform(run({ task: written, ...flags }, context));
    },
  );

  withExamples(
    withJson(
      withServerOptions(
        task
          .command("cancel")
          .summary("end a task's turn")
          .description("Fails a task's last turn. Its runner stops the container within half a minute.")
          .argument("<task>", taskHelp),
      ),
    ),
    "plan42 task cancel 1f0c3a5e",
  ).action(async (written: string, flags: ServerFlags & { json: boolean }) => {
    const { run } = await import("../commands/task/cancel.ts");
    await perform(run({ task: written, ...flags }, context));
  });
};
