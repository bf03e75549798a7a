import { runToEnd } from "@plano/terminal";
import type { Context } from "./context.ts";
import { createProgram } from "./program.ts";

/** Runs plan42-server with the words of a command line, prints what goes wrong, and resolves to the exit code. */
export function runProgram(words: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  return runToEnd(() => createProgram(context).run(words), { name: "plan42-server", terminal });
}
