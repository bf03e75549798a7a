import type { Problem } from "@plano/config/gateway";
import { formatPath } from "@plano/config/gateway";
import type { Context } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { ConfigError, compileFile, requireConfig } from "../gateway/config-file.ts";
import { printProblems } from "../print-problems.ts";

export interface ValidateOptions {
  readonly file: string | undefined;
  readonly path: string;
  readonly json: boolean;
}

/** Checks a configuration file without keys, network or a running gateway. */
export async function run(options: ValidateOptions, context: Context): Promise<number> {
  const { terminal, currentFolder } = context;
  const path = requireConfig({ file: options.file, folder: options.path }, currentFolder);
  const result = compileFile(path, context);
  if (options.json) {
    const errors = result.ok ? [] : result.errors;
    terminal.json({
      valid: result.ok,
      file: path,
      errors: errors.map(toJson),
      warnings: result.warnings.map(toJson),
      not_served: result.unserved.map(toJson),
      older_forms: result.ok ? result.olderForms.map(toJson) : [],
    });
    return result.ok ? exitCodes.success : exitCodes.failure;
  }
  printProblems([...result.warnings, ...result.unserved], path, terminal);
  if (!result.ok) throw new ConfigError(path, result.errors);
  terminal.success(`${path} is valid`);
  if (result.unserved.length > 0) {
    terminal.line("  The gateway does not start on it: this release does not serve all of it.");
  }
  if (result.olderForms.length > 0) {
    terminal.line(`  It uses ${countOf(result.olderForms)} of the language; planoai migrate rewrites them.`);
  }
  return exitCodes.success;
}

function countOf(olderForms: readonly Problem[]): string {
  return olderForms.length === 1 ? "an older form" : `${olderForms.length} older forms`;
}

/** A problem as `validate --json` prints it; absent parts are null. */
function toJson({ code, message, path, value, allowed, suggestion, position }: Problem): object {
  return {
    code,
    message,
    path: formatPath(path),
    value: value ?? null,
    allowed: allowed ?? null,
    suggestion: suggestion ?? null,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}
