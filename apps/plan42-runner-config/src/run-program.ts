import { CommanderError } from "commander";
import type { Context } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";

/** Runs plan42-runner-config with the words of a command line, prints what goes wrong, and resolves to the exit code. */
export async function runProgram(words: readonly string[], context: Context): Promise<number> {
  try {
    return await createProgram(context).run(words);
  } catch (error) {
    // Help and the parser's own messages have been printed by now.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
    return reportError(error, context.terminal, context.environment);
  }
}
