import { readFileSync } from "node:fs";
import { isSameRunner } from "@plano/crypto";
import { type ConfigProblem, describeProblem, takeOver } from "@plano/runner-home";
import { isTomlText, type SavedConfig } from "@plano/runner-home/edit";
import type { Terminal } from "@plano/terminal";
import type { Context } from "../context.ts";
import { judgeText, newOnes } from "./judge-text.ts";
import type { OpenedFile } from "./open-setup.ts";

/** Says what a save has done, what is to be known of it, and what comes next. */
export async function tellSaved(
  { changed, backup }: SavedConfig,
  file: OpenedFile,
  context: Context,
): Promise<void> {
  const { terminal } = context;
  if (backup !== undefined) terminal.warning(`the file that was no TOML is kept as ${backup}`);
  if (!changed) {
    terminal.line(`Nothing has changed in ${file.shownPath}.`);
    return;
  }
  terminal.success(`Configuration updated: ${file.shownPath}`);
  const before = await judgeText(file.fault === undefined ? (file.text ?? "") : "", file, context);
  const { problems, warnings, config } = await judgeText(textAt(file.path), file, context);
  for (const warning of newOnes(before.warnings, warnings)) terminal.warning(describeProblem(warning));
  const isChange = before.config !== undefined && config !== undefined;
  const waiting = isChange ? takeOver(before.config, config, isSameRunner).restartNeeded : [];
  const isLonger = isChange && config.shutdownTimeout > before.config.shutdownTimeout;
  if (problems.length === 0) tellNext(file, waiting, isLonger, terminal);
  else tellFaults(problems, terminal);
}

function textAt(path: string): string {
  const text = readFileSync(path, "utf8");
  // Somebody may have written it since.
  return isTomlText(text) ? text : "";
}

/** Why no runner takes what was saved. */
function tellFaults(faults: readonly ConfigProblem[], { line, style }: Terminal): void {
  for (const { path, message } of faults) line(`${style.yellow("!")} ${path}: ${message}`);
  line("  The runner does not take the file before that is mended.");
}

/**
 * `waiting`: the changed keys that a running runner does not take over. `isLonger`: it may take longer to stop than
 * a service that was enabled before gives it.
 */
function tellNext(file: OpenedFile, waiting: readonly string[], isLonger: boolean, terminal: Terminal): void {
  const place = file.isUsual ? "" : ` --config-file ${file.shownPath}`;
  if (file.text === undefined) {
    terminal.line(
      `  next: plan42 runner enable${place} has it run as a service, plan42 runner exec${place} here`,
    );
  } else if (waiting.length === 0) {
    terminal.line("  A running runner takes it at once.");
  } else {
    terminal.line(`  A running runner takes it at once, but for what needs a restart: ${waiting.join(", ")}`);
    terminal.line(`    plan42 runner enable${place}`);
  }
  if (isLonger && file.text !== undefined && waiting.length === 0) {
    terminal.line(`  A service gives it the longer shutdown_timeout after: plan42 runner enable${place}`);
  }
}
