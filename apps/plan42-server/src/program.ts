import { Command, InvalidArgumentError, Option } from "commander";
import type { Context } from "./context.ts";
import { version } from "./version.ts";

/** The options of the command line. */
export interface ServerOptions {
  /** Without one: loopback, and Docker's bridge where there is one. */
  readonly listen?: { readonly host: string; readonly port: number };
  readonly dataDir?: string;
  readonly publicUrl?: string;
  readonly githubUrl?: string;
  readonly newAdminToken?: true;
  readonly rateLimit: number;
  readonly turnSilence: number;
  readonly retention: number;
  readonly json?: true;
}

/** The words after the program's name, in; the exit code, out. */
export interface Program {
  run(words: readonly string[]): Promise<number>;
  help(): string;
}

const notes = `
Variables:
  DATABASE_URL       a Postgres to use in place of the embedded database
  PLAN42_SECRET_KEY  encrypts secrets in the database: 32 bytes in base64. With a
                     Postgres it has to be set; else a file in the data folder
                     does it. NEW,OLD changes keys.
`;

/**
 * The command line: what there is, what it means, and nothing of how it is done. When it is quiet somebody else
 * tells what is wrong with the words.
 */
export function createProgram(context: Context, { isQuiet = false } = {}): Program {
  let exitCode = 0;
  const { terminal } = context;
  const command = new Command("plan42-server")
    .description("The Plan42 API on your own machine. Tasks go in, runners fetch them.")
    .version(`plan42-server version ${version}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .addOption(
      new Option(
        "--listen <host:port>",
        "address to listen on (127.0.0.1:7443, and the same port of Docker's bridge)",
      ).argParser(parseListen),
    )
    .option("--data-dir <folder>", "folder of the embedded database (~/.local/share/plan42-server)")
    .option(
      "--public-url <url>",
      "URL under which agents in containers reach this server (http://host.docker.internal:7443)",
      parseUrl,
    )
    .option("--github-url <url>", "GitHub of connections that are not private (https://github.com)", parseUrl)
    .option("--new-admin-token", "make a new admin token; the old one no longer works")
    .option("--rate-limit <n>", "requests a second for each token, 0 for no limit", parseCount, 2_000)
    .option("--turn-silence <seconds>", "a turn without a sign of life for so long fails", parseSeconds, 300)
    .option(
      "--retention <days>",
      "tasks that have ended are removed after so many days, 0 for never",
      parseDays,
      90,
    )
    .option("--json", "print one line of JSON when the server listens")
    .addHelpText("after", notes)
    .configureOutput({
      writeOut: (text) => terminal.raw(text),
      writeErr: (text) => {
        if (!isQuiet) terminal.rawError(text);
      },
    })
    .showHelpAfterError("  plan42-server --help shows what there is.")
    .exitOverride()
    .action(async (options: ServerOptions) => {
      const { run } = await import("./run.ts");
      exitCode = await run(options, context);
    });
  return {
    run: async (words: readonly string[]) => {
      await command.parseAsync([...words], { from: "user" });
      return exitCode;
    },
    help: () => command.helpInformation(),
  };
}

function parseListen(text: string) {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(digits) > 65_535)
    throw new InvalidArgumentError("It must be HOST:PORT, such as 127.0.0.1:7443 or [::1]:7443.");
  return { host, port: Number(digits) };
}

function parseUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new InvalidArgumentError("It must be an http or https URL.");
  }
  return text.replace(/\/+$/, "");
}

function parseSeconds(text: string): number {
  const seconds = parseCount(text);
  if (seconds < 10) throw new InvalidArgumentError("It must be 10 or more.");
  return seconds;
}

function parseDays(text: string): number {
  const days = parseCount(text);
  if (days > 36_500) throw new InvalidArgumentError("It must be 36500 or less.");
  return days;
}

function parseCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}
