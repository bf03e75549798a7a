import type { ServerFlags } from "../api/server-choice.ts";
import { withExamples, withJson, withServerOptions } from "./options.ts";
import type { AddCommands } from "./perform.ts";

/** `plan42 github …`. */
export const addGithubCommands: AddCommands = (parent, context, perform) => {
  const github = parent
    .command("github")
    .summary("connections to GitHub")
    .description("Manages connections to GitHub, whose tokens stay with a runner or with the server.");

  withExamples(
    withJson(
      withServerOptions(
        github
          .command("create")
          .summary("create a connection")
          .description(
            "Creates a connection. With --runner it is private: the token stays on the runner's machine, and what to\n" +
              "add to its configuration is shown. With --token-variable the server keeps the token, encrypted.",
          )
          .argument("<name>", "what to call it")
          .option("--runner <runner>", "name or id of the runner that holds the token")
          .option("--token-variable <name>", "the environment variable with the token for the server")
          .option("--default", "environments that name no connection use this one"),
      ),
    ),
    "plan42 github create corp --runner laptop --default",
    "GITHUB_TOKEN=... plan42 github create work --token-variable GITHUB_TOKEN",
  ).action(
    async (
      name: string,
      {
        default: isDefault = false,
        ...flags
      }: ServerFlags & { default?: boolean; runner?: string; tokenVariable?: string; json: boolean },
    ) => {
      const { run } = await import("../commands/github/create.ts");
      await perform(run({ name, isDefault, ...flags }, context));
    },
  );

  withExamples(
    withServerOptions(
      github
        .command("token")
        .summary("renew the token that the server keeps")
        .description("Gives a connection that is not private a new token.")
        .argument("<connection>", "name or id")
        .requiredOption("--token-variable <name>", "the environment variable with the token"),
    ),
    "GITHUB_TOKEN=... plan42 github token work --token-variable GITHUB_TOKEN",
  ).action(async (connection: string, flags: ServerFlags & { tokenVariable: string }) => {
    const { run } = await import("../commands/github/token.ts");
    await perform(run({ connection, ...flags }, context));
  });

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
