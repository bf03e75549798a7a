import { AppError } from "@plano/errors";
import type { Terminal } from "@plano/terminal";

/** Prints an error that reached the top of the program and returns the exit code that it calls for. */
export function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof AppError) {
    terminal.failure(error.message);
    for (const line of error.hint?.split("\n") ?? []) terminal.errorLine(line === "" ? "" : `  ${line}`);
    return error.exitCode;
  }
  terminal.failure(`internal error: ${error instanceof Error ? error.message : String(error)}`);
  terminal.errorLine("  This is a fault of plan42-server itself.");
  return 1;
}
