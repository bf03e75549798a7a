import { migrateConfig, type Problem } from "@plano/config/gateway";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { ConfigError, readConfig, requireConfig } from "../gateway/config-file.ts";
import { replaceFile } from "../gateway/run-files.ts";
import { printProblems } from "../print-problems.ts";

export interface MigrateOptions {
  readonly file: string | undefined;
  readonly path: string;
  /** Prints the new text instead of writing it. */
  readonly dryRun: boolean;
}

/** Rewrites a configuration file in today's form of the language. Comments are kept. */
export async function run(options: MigrateOptions, context: Context): Promise<number> {
  const { terminal, currentFolder } = context;
  const path = requireConfig({ file: options.file, folder: options.path }, currentFolder);
  const result = migrateConfig(readConfig(path));
  if (!result.ok) throw new ConfigError(path, result.errors);
  printProblems(result.warnings, path, terminal);
  if (options.dryRun) {
    terminal.raw(result.text);
    return exitCodes.success;
  }
  if (result.changes.length === 0) {
    terminal.success(`${path} is in today's form already`);
    return exitCodes.success;
  }
  replaceFile(path, result.text);
  terminal.success(`${path} is in today's form now`);
  terminal.list(result.changes.map(describeChange));
  return exitCodes.success;
}

function describeChange({ message, position }: Problem): string {
  return `line ${position?.line ?? 1}: ${message}`;
}
