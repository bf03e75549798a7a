import { type MigrateResult, migrateConfig, type Problem } from "@plano/config/gateway";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { ConfigError, compileFile, readConfig, requireConfig } from "../gateway/config-file.ts";
import { replaceFile } from "../gateway/run-files.ts";
import { printProblems } from "../print-problems.ts";

export interface MigrateOptions {
  readonly file: string | undefined;
  readonly path: string;
  /** Prints the new text instead of writing it. */
  readonly dryRun: boolean;
}

/**
 * Rewrites a configuration file in today's form of the language. Comments are kept. What else is wrong
 * with the file does not keep it from that, and is told afterwards.
 */
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
  writeMigrated(path, result, context);
  const compiled = compileFile(path, context);
  if (!compiled.ok) throw new ConfigError(path, compiled.errors);
  return exitCodes.success;
}

function writeMigrated(
  path: string,
  { text, changes }: MigrateResult & { readonly ok: true },
  { terminal }: Context,
): void {
  if (changes.length === 0) {
    terminal.success(`${path} is in today's form already`);
    return;
  }
  replaceFile(path, text);
  terminal.success(`${path} is in today's form now`);
  terminal.list(changes.map(describeChange));
}

function describeChange({ message, position }: Problem): string {
  return `line ${position?.line ?? 1}: ${message}`;
}
