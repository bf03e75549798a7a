import { asksForJson, runToEnd } from "@plano/terminal";
import type { Context } from "./context.ts";
import { createProgram } from "./program.ts";

/** Runs plan42-server with the words of a command line, prints what goes wrong, and resolves to the exit code. */
export function runProgram(words: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  const isJson = asksForJson(words);
  const run = () => createProgram(context, { isQuiet: isJson }).run(words);
  return runToEnd(run, { name: "plan42-server", terminal, isJson });
}
