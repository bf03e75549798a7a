import { AppError } from "@plano/errors";
import type { Terminal } from "@plano/terminal";

/** Prints an error that reached the top of the program and returns the exit code that it calls for. */
export function reportError(
  error: unknown,
  terminal: Terminal,
  environment: { readonly PLANO_DEBUG?: string | undefined },
): number {
  if (error instanceof AppError) {
    terminal.failure(error.message);
    for (const line of error.hint?.split("\n") ?? []) terminal.errorLine(line === "" ? "" : `  ${line}`);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  terminal.failure(`internal error: ${message}`);
  if (environment.PLANO_DEBUG && error instanceof Error) terminal.errorLine(error.stack);
  else terminal.errorLine("  This is a fault of planoai itself. PLANO_DEBUG=1 shows where it happened.");
  return 1;
}
