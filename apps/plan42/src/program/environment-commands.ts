import type { ServerFlags } from "../api/server-choice.ts";
import type { CreateEnvironmentOptions } from "../commands/environment/create.ts";
import { collect, withExamples, withJson, withServerOptions } from "./options.ts";
import type { AddCommands } from "./perform.ts";

/** `plan42 environment …`. */
export const addEnvironmentCommands: AddCommands = (parent, context, perform) => {
  const environment = parent
    .command("environment")
    .summary("what tasks run in")
    .description("Manages environments: the image, repositories and settings that tasks run in.");

  withExamples(
    withJson(
      withServerOptions(
        environment
          .command("create")
          .summary("create an environment")
          .description("Creates an environment.")
          .argument("<name>", "what to call it")
          .requiredOption("--image <reference>", "container image of the agent")
          .option("--runner <runner>", "name or id of the runner (the tenant's default)")
          .option("--github-connection <connection>", "name or id of the connection (the tenant's default)")
          .option("--repo <org/repo>", "a repository to work on; may be repeated", collect, [])
          .option("--allow-host <host>", "a host that agents may reach; may be repeated", collect, [])
          .option("--env <name=value>", "a variable for agents; may be repeated", collect, [])
          .option(
            "--secret <name>",
            "a secret for the set-up script, its value taken from the variable of that name; may be repeated",
            collect,
            [],
          )
          .option("--setup-script <path>", "file with a script that runs before the agent")
          .option("--description <text>", "what it is for")
          .option("--context <text>", "a text that every agent is given"),
      ),
    ),
    "plan42 environment create web --image example.com/agent:1 --repo acme/web",
    "NPM_TOKEN=... plan42 environment create web --image example.com/agent:1 --secret NPM_TOKEN",
  ).action(async (name: string, flags: Omit<CreateEnvironmentOptions, "name">) => {
    const { run } = await import("../commands/environment/create.ts");
    await perform(run({ name, ...flags }, context));
  });

  withExamples(
    withJson(
      withServerOptions(
        environment
          .command("list")
          .summary("list environments")
          .description("Lists the tenant's environments, without secrets."),
      ),
    ),
    "plan42 environment list",
  ).action(async (flags: ServerFlags & { json: boolean }) => {
    const { run } = await import("../commands/environment/list.ts");
    await perform(run(flags, context));
  });
};
