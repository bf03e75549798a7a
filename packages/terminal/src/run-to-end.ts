import { AppError } from "@plano/errors";
import { CommanderError } from "commander";
import type { Terminal } from "./terminal.ts";

const [success, failure, usage] = [0, 1, 2];

/** A program whose command line is run. */
export interface RunningProgram {
  readonly name: string;
  readonly terminal: Terminal;
  /** What each line of a failure begins with. Default: a cross before its first line. */
  readonly mark?: string;
  /** The environment variable that shows where an internal error happened, and whether it is set. */
  readonly debug?: { readonly variable: string; readonly isOn: boolean };
}

/** Runs a command line, prints what goes wrong, and resolves to the exit code. */
export async function runToEnd(run: () => Promise<number>, program: RunningProgram): Promise<number> {
  try {
    return await run();
  } catch (error) {
    // Help and the parser's own messages have been printed by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? success : usage;
    return reportError(error, program);
  }
}

/** Prints an error that reached the top of the program and returns the exit code that it calls for. */
function reportError(error: unknown, { name, terminal, mark, debug }: RunningProgram): number {
  const fail = (text: string) => {
    if (mark === undefined) return terminal.failure(text);
    for (const line of text.split("\n")) terminal.errorLine(`${terminal.errorStyle.red(mark)} ${line}`);
  };
  if (error instanceof AppError) {
    fail(error.message);
    for (const line of error.hint?.split("\n") ?? []) terminal.errorLine(line === "" ? "" : `  ${line}`);
    return error.exitCode;
  }
  fail(`internal error: ${error instanceof Error ? error.message : String(error)}`);
  if (debug?.isOn === true && error instanceof Error) terminal.errorLine(error.stack);
  else {
    const next = debug === undefined ? "" : ` ${debug.variable}=1 shows where it happened.`;
    terminal.errorLine(`  This is a fault of ${name} itself.${next}`);
  }
  return failure;
}
