import { readFileSync } from "node:fs";
import { type ConfigProblem, machineOptions, networkRefusal, parseConfig } from "@plano/runner-home";
import type { SavedConfig } from "@plano/runner-home/edit";
import type { Terminal } from "@plano/terminal";
import type { Context } from "../context.ts";
import type { OpenedFile } from "./open-setup.ts";
import { parseWritten } from "./parse-written.ts";

/** Says what a save has done, and what comes next. */
export function tellSaved({ changed, backup }: SavedConfig, file: OpenedFile, context: Context): void {
  const { terminal } = context;
  if (backup !== undefined) terminal.warning(`the file that was no TOML is kept as ${backup}`);
  if (!changed) {
    terminal.line(`Nothing has changed in ${file.shownPath}.`);
    return;
  }
  terminal.success(`Configuration updated: ${file.shownPath}`);
  const written = parseWritten(readFileSync(file.path, "utf8"), context);
  if (written.ok) tellNext(file, terminal);
  else tellFaults(written.problems, terminal);
}

/** Why no runner takes what was saved. */
function tellFaults(faults: readonly ConfigProblem[], { line, style }: Terminal): void {
  for (const { path, message } of faults) line(`${style.yellow("!")} ${path}: ${message}`);
  line("  The runner does not take the file before that is mended.");
}

function tellNext(file: OpenedFile, terminal: Terminal): void {
  const place = file.isUsual ? "" : ` --config-file ${file.shownPath}`;
  if (file.text === undefined) {
    terminal.line(
      `  next: plan42 runner enable${place} has it run as a service, plan42 runner exec${place} here`,
    );
  } else {
    terminal.line("  A running runner takes it at once. A new url or runtime needs a restart:");
    terminal.line(`    plan42 runner enable${place}`);
  }
}

/** Says so when the runner does not start with what was saved, since its runtime does not keep jobs apart. */
export function warnOfNetwork({ path }: OpenedFile, { environment, platform, terminal }: Context): void {
  const result = parseConfig(
    readFileSync(path, "utf8"),
    machineOptions({ platform, variables: environment }),
  );
  const refusal = result.ok ? networkRefusal(result.config) : undefined;
  if (refusal !== undefined)
    terminal.warning(`${refusal.message}. The runner does not start so. ${refusal.hint}`);
}
