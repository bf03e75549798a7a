import type { ServerFlags } from "../api/server-choice.ts";
import { addJobCommands } from "./job-commands.ts";
import { count, withExamples, withJson, withServerOptions } from "./options.ts";
import type { AddCommands } from "./perform.ts";
import { addServiceCommands } from "./service-commands.ts";

/** `plan42 runner …`. */
export const addRunnerCommands: AddCommands = (parent, context, perform) => {
  const runner = parent
    .command("runner")
    .summary("runners, this machine's and the tenant's")
    .description("Runs this machine's runner, and manages the runners of a tenant.");

  withExamples(
    runner
      .command("exec")
      .summary("run plan42-runner in the foreground")
      .description("Becomes plan42-runner, which gets all options. plan42 runner exec --help shows them.")
      .argument("[options...]", "options of plan42-runner")
      .usage("[options of plan42-runner]")
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions(),
    "plan42 runner exec",
    "plan42 runner exec --config-file ./runner.toml",
  ).action(async (words: string[]) => {
    const { run } = await import("../commands/runner/exec.ts");
    await perform(run(words, context));
  });

  withExamples(
    runner
      .command("config")
      .summary("set up this machine's runner in a form")
      .description(
        "Becomes plan42-runner-config, which gets all options. plan42 runner config --help shows them.",
      )
      .argument("[options...]", "options of plan42-runner-config")
      .usage("[options of plan42-runner-config]")
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions(),
    "plan42 runner config",
    "plan42 runner config --set runner.max_jobs=4",
    "plan42 runner config --validate",
  ).action(async (words: string[]) => {
    const { run } = await import("../commands/runner/config.ts");
    await perform(run(words, context));
  });

  addServiceCommands(runner, context, perform);
  addJobCommands(runner, context, perform);

  withExamples(
    withJson(
      withServerOptions(
        runner
          .command("create")
          .summary("create a runner")
          .description("Creates a runner in the tenant. It needs a token next: plan42 runner token.")
          .argument("<name>", "what to call it")
          .option("--description <text>", "what it is for")
          .option("--default", "environments that name no runner use this one"),
      ),
    ),
    "plan42 runner create laptop --default",
  ).action(
    async (
      name: string,
      { default: isDefault = false, ...flags }: ServerFlags & { default?: boolean; json: boolean },
    ) => {
      const { run } = await import("../commands/runner/create.ts");
      await perform(run({ name, isDefault, ...flags }, context));
    },
  );

  withExamples(
    withJson(
      withServerOptions(
        runner
          .command("list")
          .summary("list the tenant's runners")
          .description("Lists the tenant's runners, and whether they are connected."),
      ),
    ),
    "plan42 runner list",
  ).action(async (flags: ServerFlags & { json: boolean }) => {
    const { run } = await import("../commands/runner/list.ts");
    await perform(run(flags, context));
  });

  withExamples(
    withJson(
      withServerOptions(
        runner
          .command("token")
          .summary("issue a token for a runner")
          .description(
            "Issues a token, and prints it or writes a configuration with it. It is shown only once.",
          )
          .argument("<runner>", "name or id")
          .option("--ttl-days <days>", "how long it is valid", count(1, 365), 90)
          .option("--write-config [path]", "write a new configuration (~/.config/plan42-runner.toml)"),
      ),
    ),
    "plan42 runner token laptop --write-config",
    "plan42 runner token laptop > token.txt",
  ).action(
    async (
      written: string,
      flags: ServerFlags & { ttlDays: number; writeConfig?: string | true; json: boolean },
    ) => {
      const { run } = await import("../commands/runner/token.ts");
      await perform(run({ runner: written, ...flags }, context));
    },
  );
};
