import type { ServerFlags } from "../api/server-choice.ts";
import { withExamples, withJson, withServerOptions } from "./options.ts";
import type { AddCommands } from "./perform.ts";

/** `plan42 github …`. */
export const addGithubCommands: AddCommands = (parent, context, perform) => {
  const github = parent
    .command("github")
    .summary("connections to GitHub")
    .description("Manages connections to GitHub, whose tokens stay with a runner.");

  withExamples(
    withJson(
      withServerOptions(
        github
          .command("create")
          .summary("create a connection")
          .description("Creates a private connection, and shows what to add to the runner's configuration.")
          .argument("<name>", "what to call it")
          .requiredOption("--runner <runner>", "name or id of the runner that holds the token")
          .option("--default", "environments that name no connection use this one"),
      ),
    ),
    "plan42 github create corp --runner laptop --default",
  ).action(
    async (
      name: string,
      {
        default: isDefault = false,
        ...flags
      }: ServerFlags & { default?: boolean; runner: string; json: boolean },
    ) => {
      const { run } = await import("../commands/github/create.ts");
      await perform(run({ name, isDefault, ...flags }, context));
    },
  );

  withExamples(
    withJson(
      withServerOptions(
        github
          .command("list")
          .summary("list connections")
          .description("Lists the tenant's connections to GitHub, without tokens."),
      ),
    ),
    "plan42 github list",
  ).action(async (flags: ServerFlags & { json: boolean }) => {
    const { run } = await import("../commands/github/list.ts");
    await perform(run(flags, context));
  });
};
