import { type Command, InvalidArgumentError } from "commander";

/** Adds the options of every command that talks to a server. */
export function withServerOptions(command: Command): Command {
  return command
    .option("--url <url>", "the server (PLAN42_URL, or the one of plan42 login)")
    .option("--tenant <id>", "the tenant (PLAN42_TENANT, or the token's own)")
    .option("--token-file <path>", "file with the token (PLAN42_TOKEN holds the token itself)");
}

/** Adds `--json`. */
export function withJson(command: Command): Command {
  return command.option("--json", "print JSON", false);
}

const usualFile = "~/.config/plan42-runner.toml";

/** Adds `-c, --config-file` to a command that sets the runner up. */
export function withConfigFile(command: Command): Command {
  return command.option("-c, --config-file <path>", `the runner's configuration (${usualFile})`);
}

/** Adds `-c, --config-file` to a command that looks at the runner as it is. */
export function withRunnersFile(command: Command): Command {
  return command.option(
    "-c, --config-file <path>",
    `the runner's configuration (its service's, else ${usualFile})`,
  );
}

/** Adds examples at the end of a command's help, one a line. */
export function withExamples(command: Command, ...examples: readonly string[]): Command {
  const lines = examples.map((example) => `  ${example}`).join("\n");
  return command.addHelpText("after", `\nExamples:\n${lines}`);
}

/** A whole number from `least` to `most`. */
export function count(least: number, most = 999_999_999): (text: string) => number {
  return (text) => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    throw new InvalidArgumentError(`It must be a whole number, ${least} to ${most}.`);
  };
}

/** For options that may be given more than once. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}
