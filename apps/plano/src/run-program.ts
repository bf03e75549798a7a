import { asksForJson, runToEnd } from "@plano/terminal";
import type { Context } from "./context.ts";
import { wantsStack } from "./environment.ts";
import { createProgram } from "./program.ts";

/** Runs planoai with the words of a command line, prints what goes wrong, and resolves to the exit code. */
export function runProgram(words: readonly string[], context: Context): Promise<number> {
  const { terminal, environment } = context;
  const debug = { variable: "PLANO_DEBUG", isOn: wantsStack(environment) };
  const isJson = asksForJson(words);
  const run = () => createProgram(context, { isQuiet: isJson }).run(words);
  return runToEnd(run, { name: "planoai", terminal, debug, isJson });
}
