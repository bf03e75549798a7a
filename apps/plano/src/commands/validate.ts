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
    });
    return result.ok ? exitCodes.success : exitCodes.failure;
  }
  printProblems(result.warnings, path, terminal);
  if (!result.ok) throw new ConfigError(path, result.errors);
  terminal.success(`${path} is valid`);
  return exitCodes.success;
}

/** A problem as `validate --json` prints it; absent parts are null. */
function toJson({ code, message, path, value, suggestion, position }: Problem): object {
  return {
    code,
    message,
    path: formatPath(path),
    value: value ?? null,
    suggestion: suggestion ?? null,
    line: position?.line ?? null,
    column: position?.column ?? null,
  };
}
