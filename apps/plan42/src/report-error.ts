import { AppError } from "@plano/errors";
import type { Terminal } from "@plano/terminal";
import type { Environment } from "./context.ts";
import { wantsStack } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";

/** Prints an error that reached the top of the program and returns the exit code that it calls for. */
export function reportError(error: unknown, terminal: Terminal, environment: Environment): number {
  const { errorStyle } = terminal;
  const fail = (text: string) => terminal.errorLine(`${errorStyle.red("ERROR:")} ${text}`);
  if (error instanceof AppError) {
    for (const line of error.message.split("\n")) fail(line);
    for (const line of error.hint?.split("\n") ?? []) terminal.errorLine(`  ${line}`);
    return error.exitCode;
  }
  fail(`internal error: ${error instanceof Error ? error.message : String(error)}`);
  if (wantsStack(environment) && error instanceof Error) terminal.errorLine(error.stack);
  else terminal.errorLine("  This is a fault of plan42 itself. PLAN42_DEBUG=1 shows where it happened.");
  return exitCodes.failure;
}
