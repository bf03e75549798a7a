import { withExamples, withJson } from "./options.ts";
import type { AddCommands } from "./perform.ts";

/** `plan42 server …` and `plan42 login`. */
export const addServerCommands: AddCommands = (parent, context, perform) => {
  const server = parent
    .command("server")
    .summary("a Plan42 server of your own")
    .description("Runs a server.");

  withExamples(
    server
      .command("start")
      .summary("run plan42-server")
      .description("Becomes plan42-server, which gets all options. plan42 server start --help shows them.")
      .argument("[options...]", "options of plan42-server")
      .usage("[options of plan42-server]")
      .helpOption(false)
      .allowUnknownOption()
      .passThroughOptions(),
    "plan42 server start",
    "plan42 server start --listen 0.0.0.0:7443 --public-url https://plan42.example.com",
    "plan42 server start --json | plan42 login      the first time, in a terminal of its own",
  ).action(async (words: string[]) => {
    const { run } = await import("../commands/server/start.ts");
    await perform(run(words, context));
  });

  withExamples(
    withJson(parent.command("login"))
      .summary("keep a server's token for the other commands")
      .description(
        "Reads a token, or the line of plan42-server --json, from standard input, tries it, and keeps it in\n" +
          "~/.config/plan42/credentials.json, which only you can read.",
      )
      .option("--url <url>", "the server")
      .option("--tenant <id>", "the tenant (the token's own)"),
    "plan42 login --url https://plan42.example.com < token.txt",
    "plan42 server start --json | plan42 login",
  ).action(async ({ url, tenant, json }: { url?: string; tenant?: string; json: boolean }) => {
    const { run } = await import("../commands/login.ts");
    await perform(run({ url, tenant, json }, context));
  });
};
