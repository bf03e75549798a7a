import { describeOption } from "@plano/terminal";
import { Argument, Command } from "commander";
import type { CommandOutline, Shell } from "./commands/completion.ts";
import type { Context } from "./context.ts";
import { addDoctor } from "./program/doctor-command.ts";
import { addEnvironmentCommands } from "./program/environment-commands.ts";
import { addGithubCommands } from "./program/github-commands.ts";
import { withKnownTopic } from "./program/known-topic.ts";
import { withExamples } from "./program/options.ts";
import type { Perform } from "./program/perform.ts";
import { addRunnerCommands } from "./program/runner-commands.ts";
import { addServerCommands } from "./program/server-commands.ts";
import { addTaskCommands } from "./program/task-commands.ts";
import { version } from "./version.ts";

/** The words after the program's name, in; the exit code, out. */
export interface Program {
  run(words: readonly string[]): Promise<number>;
  /** The help of the program as a whole. */
  help(): string;
}

const notes = `
A first task:
  plan42 server start --json | plan42 login         in a terminal of its own
  plan42 runner create laptop --default
  plan42 runner token laptop --write-config
  plan42 runner exec                                in a terminal of its own
  plan42 environment create web --image IMAGE
  plan42 task create "Write a README" --follow

Exit codes:
  0  done
  1  failed; stderr says why
  2  wrong usage
  3  not configured: no server, no token, or no configuration of the runner
  4  the runner is not running
  130  Ctrl-C ended what -f followed, and the turn goes on
runner exec and server start end with the codes of plan42-runner and plan42-server.

Variables:
  PLAN42_URL, PLAN42_TENANT, PLAN42_TOKEN  a server in place of that of plan42 login
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY        how servers are reached
  PAGER, NO_COLOR                          what shows long logs; no colours
  DOCKER_HOST                              where Docker is
  PLAN42_DEBUG                             shows where an internal error happened

More about a command: plan42 help COMMAND
`;

/**
 * Builds the command line of plan42: every command with its options, each loading its own module. When it is quiet
 * somebody else tells what is wrong with the words.
 */
export function createProgram(context: Context, { isQuiet = false } = {}): Program {
  let exitCode = 0;
  const perform: Perform = async (work) => {
    exitCode = await work;
  };
  // Subcommands inherit these settings, so they come first.
  const root = new Command("plan42")
    .description("Plan42: tasks for agents, run in containers on your own machines.")
    .version(`plan42 version ${version}`, "-v, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .addHelpText("after", notes)
    .configureHelp({ optionDescription: describeOption })
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.raw(text),
      writeErr: (text) => {
        if (!isQuiet) context.terminal.rawError(text);
      },
    })
    .showSuggestionAfterError()
    .showHelpAfterError("  plan42 help COMMAND shows what there is.");

  addServerCommands(root, context, perform);
  addRunnerCommands(root, context, perform);
  addEnvironmentCommands(root, context, perform);
  addGithubCommands(root, context, perform);
  addTaskCommands(root, context, perform);
  addDoctor(root, context, perform);
  withExamples(
    root
      .command("completion")
      .summary("print a completion script for a shell")
      .description("Prints a completion script.")
      .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"])),
    "source <(plan42 completion bash)",
  ).action(async (shell: Shell) => {
    const { run } = await import("./commands/completion.ts");
    await perform(run({ shell, root: outline(root) }, context));
  });
  root
    .command("outline", { hidden: true })
    .description("Prints every command as JSON, for the manual.")
    .action(() => context.terminal.json(manualOutline(root)));

  return {
    run: async (words) => {
      exitCode = 0;
      if (words.length === 0) root.outputHelp();
      else await root.parseAsync(withKnownTopic(root, words), { from: "user" });
      return exitCode;
    },
    help: () => {
      let text = "";
      root.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      return text;
    },
  };
}

/** A command with all that the manual says of it. */
function manualOutline(command: Command): object {
  const help = command.createHelp();
  return {
    usage: help.commandUsage(command),
    description: help.commandDescription(command),
    notes: notesOf(command),
    options: help
      .visibleOptions(command)
      .map((option) => [help.optionTerm(option), help.optionDescription(option)]),
    arguments: help
      .visibleArguments(command)
      .map((one) => [help.argumentTerm(one), help.argumentDescription(one)]),
    commands: help
      .visibleCommands(command)
      .filter((one) => one.name() !== "help")
      .map(manualOutline),
  };
}

/** What the help of a command says below its options and commands, such as examples: a title and lines each. */
function notesOf(command: Command): readonly { readonly title: string; readonly lines: readonly string[] }[] {
  return textAfterHelp(command)
    .trim()
    .split("\n\n")
    .flatMap((paragraph) => {
      const [title = "", ...lines] = paragraph.split("\n");
      return /^[A-Z].*:$/.test(title) ? [{ title: title.slice(0, -1), lines }] : [];
    });
}

function textAfterHelp(command: Command): string {
  let text = "";
  const { writeOut } = command.configureOutput();
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  command.configureOutput({ ...(writeOut && { writeOut }) });
  return text.slice(command.helpInformation().length);
}

function outline(command: Command): CommandOutline {
  const visible = new Set(command.createHelp().visibleCommands(command));
  return {
    name: command.name(),
    summary: command.summary(),
    commands: command.commands.filter((one) => visible.has(one)).map(outline),
    options: command.options.flatMap(({ long, short, hidden, description, required, optional }) =>
      long && !hidden ? [{ flag: long, short, description, takesValue: required || optional }] : [],
    ),
    choices: command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
  };
}
