import { asksForJson, runToEnd } from "@plano/terminal";
import type { Context } from "./context.ts";
import { wantsStack } from "./environment.ts";
import { createProgram } from "./program.ts";

/** Runs plan42-runner-config with the words of a command line, prints what goes wrong, and resolves to the exit code. */
export function runProgram(words: readonly string[], context: Context): Promise<number> {
  const { terminal, environment } = context;
  const debug = { variable: "PLAN42_DEBUG", isOn: wantsStack(environment) };
  const isJson = asksForJson(words);
  return runToEnd(() => createProgram(context, { isQuiet: isJson }).run(words), {
    name: "plan42-runner-config",
    terminal,
    mark: "ERROR:",
    debug,
    isJson,
  });
}
