import { formatProblem, type Problem } from "@plano/config/gateway";
import type { Terminal } from "@plano/terminal";

/** Prints warnings about a configuration file, one line each. */
export function printProblems(warnings: readonly Problem[], path: string, terminal: Terminal): void {
  for (const warning of warnings) {
    const [line = ""] = formatProblem(warning, path);
    terminal.warning(line);
  }
}
