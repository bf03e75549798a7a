import { describeOption } from "@plano/terminal";
import { Command } from "commander";
import { type Context, hasTerminal } from "./context.ts";
import { version } from "./version.ts";

/** The words after the program's name, in; the exit code, out. */
export interface Program {
  run(words: readonly string[]): Promise<number>;
  /** The help of the program as a whole. */
  help(): string;
}

/** What the command line may say. */
export interface ConfigFlags {
  readonly configFile?: string;
  readonly set: readonly string[];
  readonly validate?: boolean;
  readonly sync?: boolean;
  readonly print?: boolean;
  readonly json?: boolean;
  readonly caFile?: string;
  readonly skipSslVerify?: boolean;
}

const notes = `
Without --set, --validate, --sync or --print a form is shown; ? shows its keys. Where there is no terminal for
it, --ca-file and --skip-ssl-verify are written to the file at once.
A token is never an argument: --set runner.token=- reads it from standard input, env:NAME takes it from a
variable when the runner starts, and --set runner.token_file=PATH names a file that holds it.

Examples:
  plan42-runner-config
  plan42-runner-config --set runner.url=https://api.example.com --set runner.token=- --sync < token.txt
  plan42-runner-config --set runner.max_jobs=4 --set 'runner.allowed_images=["registry.example.com/**"]'
  plan42-runner-config --validate --json
  plan42-runner-config --print

Exit codes:
  0  done; also when the form was left without saving
  1  something is not valid, or could not be done
  2  wrong usage, or no terminal for the form
  3  there is no configuration yet
`;

/** The command line of plan42-runner-config. When it is quiet somebody else tells what is wrong with the words. */
export function createProgram(context: Context, { isQuiet = false } = {}): Program {
  let exitCode = 0;
  const collect = (value: string, before: readonly string[]) => [...before, value];
  const root = new Command("plan42-runner-config")
    .description("Sets up this machine's Plan42 runner.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .option("-c, --config-file <path>", "configuration file (default: ~/.config/plan42-runner.toml)")
    .option("--set <key=value>", "set a key; an empty value removes it; may be repeated", collect, [])
    .option("--validate", "check the file, the token and the server")
    .option("--sync", "validate, and take over the GitHub connections of the server")
    .option("--print", "print the file without its secrets; with --json, what is in effect")
    .option("--json", "print JSON")
    .option("--ca-file <file>", "trust the authorities in this PEM file, too; kept in the file")
    .option("--skip-ssl-verify", "do not check the server's certificate; kept in the file")
    .addHelpText("after", notes)
    .configureHelp({ optionDescription: describeOption })
    .exitOverride()
    .configureOutput({
      writeOut: (text) => context.terminal.raw(text),
      writeErr: (text) => {
        if (!isQuiet) context.terminal.rawError(text);
      },
    })
    .showSuggestionAfterError()
    .action(async (flags: ConfigFlags) => {
      if (isHeadless(flags, context)) {
        const { run } = await import("./commands/headless.ts");
        exitCode = await run(flags, context);
      } else {
        const { run } = await import("./commands/form.tsx");
        exitCode = await run(flags, context);
      }
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

/** Whether flags say all that is to be done. */
function isHeadless(
  { set, validate, sync, print, caFile, skipSslVerify }: ConfigFlags,
  context: Context,
): boolean {
  if (set.length > 0 || validate || sync || print) return true;
  return !hasTerminal(context) && (caFile !== undefined || skipSslVerify === true);
}
