import { Command } from "commander";
import type { Context } from "./context.ts";
import { version } from "./version.ts";

/** The words after the program's name, in; the exit code, out. */
export interface Program {
  run(words: readonly string[]): Promise<number>;
  /** The help of the program as a whole. */
  help(): string;
}

/** What the command line may say. */
export interface RunnerFlags {
  readonly configFile?: string;
  readonly podmanPath: string;
  /** Apple's `container`. */
  readonly containerPath: string;
}

const notes = `
Exit codes:
  0   stopped; all jobs had ended
  1   failed
  2   wrong usage
  3   stopped while jobs were running
  78  bad configuration or token

Signals: SIGTERM and SIGINT stop it, and again at once; SIGHUP reads the configuration again.
`;

/** The command line of plan42-runner. */
export function createProgram(context: Context): Program {
  let exitCode = 0;
  const root = new Command("plan42-runner")
    .description("Runs Plan42 tasks in containers on this machine.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .option("-c, --config-file <path>", "configuration file (default: ~/.config/plan42-runner.toml)")
    .option("--podman-path <path>", "the podman program", "podman")
    .option("--container-path <path>", "Apple's container program", "container")
    .addHelpText("after", notes)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.raw(text),
      writeErr: (text) => context.terminal.rawError(text),
    })
    .showSuggestionAfterError()
    .action(async (flags: RunnerFlags) => {
      const { run } = await import("./run.ts");
      exitCode = await run(flags, context);
    });
  return {
    run: async (words) => {
      await root.parseAsync(words, { from: "user" });
      return exitCode;
    },
    help: () => {
      let text = "";
      root.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
      return text;
    },
  };
}
