import { AppError } from "@plano/errors";
import type { Terminal } from "@plano/terminal";
import { type Environment, wantsStack } from "./environment.ts";
import { exitCodes } from "./exit-codes.ts";

/** Prints an error that reached the top of the program and returns the exit code that it calls for. */
export function reportError(error: unknown, terminal: Terminal, environment: Environment): number {
  if (error instanceof AppError) {
    for (const line of error.message.split("\n")) terminal.errorLine(`ERROR: ${line}`);
    for (const line of error.hint?.split("\n") ?? []) terminal.errorLine(`  ${line}`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.errorLine(`ERROR: internal error: ${message}`);
  if (wantsStack(environment) && error instanceof Error) terminal.errorLine(error.stack);
  else
    terminal.errorLine(
      "  This is a fault of plan42-runner-config itself. PLAN42_DEBUG=1 shows where it happened.",
    );
  return exitCodes.failure;
}
