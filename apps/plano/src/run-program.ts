import { runToEnd } from "@plano/terminal";
import type { Context } from "./context.ts";
import { wantsStack } from "./environment.ts";
import { createProgram } from "./program.ts";

/** Runs planoai with the words of a command line, prints what goes wrong, and resolves to the exit code. */
export function runProgram(words: readonly string[], context: Context): Promise<number> {
  const { terminal, environment } = context;
  const debug = { variable: "PLANO_DEBUG", isOn: wantsStack(environment) };
  return runToEnd(() => createProgram(context).run(words), { name: "planoai", terminal, debug });
}
