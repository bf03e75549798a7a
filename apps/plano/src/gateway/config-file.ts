import { dirname, join, resolve } from "node:path";
import { type CompileResult, compileGatewayConfig, formatProblem, type Problem } from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { metricsAddress } from "../environment.ts";
import { isPresent, readUserFile, whyUnreadable } from "./read-file.ts";

const fileNames = ["config.yaml", "plano_config.yaml"];
const largestFileBytes = 4 * 1024 * 1024;

export interface ConfigLocation {
  /** The configuration file; undefined when none was named and none was found. */
  readonly path: string | undefined;
  /** Where the file is or was looked for; `.env` is read from here. */
  readonly folder: string;
}

/**
 * Finds the file that the command line names, or the one in the folder that it names. Throws an AppError for one that
 * is named and not there, and for one that is there and leads nowhere.
 */
export function locateConfig(
  { file, folder }: { readonly file: string | undefined; readonly folder: string },
  currentFolder: string,
): ConfigLocation {
  if (file !== undefined) {
    const path = resolve(currentFolder, file);
    if (!isPresent(path)) throw new AppError(`there is no configuration file ${path}`, { code: "no-config" });
    return { path, folder: dirname(path) };
  }
  const searched = resolve(currentFolder, folder);
  if (!isPresent(searched)) throw new AppError(`there is no folder ${searched}`, { code: "no-config" });
  return { path: fileNames.map((name) => join(searched, name)).find(isPresent), folder: searched };
}

/** Finds a configuration file as locateConfig does; having none is an error. */
export function requireConfig(
  options: { readonly file: string | undefined; readonly folder: string },
  currentFolder: string,
): string {
  const { path, folder } = locateConfig(options, currentFolder);
  if (path !== undefined) return path;
  throw new AppError(`there is no ${fileNames.join(" and no ")} in ${folder}`, { code: "no-config" });
}

/** Reads the text of a configuration file. Throws an AppError where that cannot be done. */
export function readConfig(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readUserFile(path, largestFileBytes));
  } catch (cause) {
    const reason = cause instanceof TypeError ? "it is not UTF-8 text" : whyUnreadable(path, cause);
    throw new AppError(`cannot read ${path}: ${reason}`, { code: "config-unreadable", cause });
  }
}

/** Reads and compiles a configuration file. Problems of its content are part of the result. */
export function compileFile(path: string, { environment }: Context): CompileResult {
  const text = readConfig(path);
  const metrics = metricsAddress(environment);
  return compileGatewayConfig(text, { folder: dirname(path), ...(metrics === undefined ? {} : { metrics }) });
}

/** The same, of a file that is to be served. Throws a ConfigError or an UnservedError where it cannot be. */
export function compileServed(path: string, context: Context): CompileResult & { readonly ok: true } {
  const result = compileFile(path, context);
  if (!result.ok) throw new ConfigError(path, [...result.errors, ...result.unserved]);
  if (result.unserved.length > 0) throw new UnservedError(path, result.unserved);
  return result;
}

/** A valid configuration file that asks for what this release does not do. */
class UnservedError extends AppError {
  constructor(path: string, unserved: readonly Problem[]) {
    const count = unserved.length === 1 ? "1 key" : `${unserved.length} keys`;
    super(`${path} is valid, but this release does not serve ${count} of it`, {
      code: "config-unserved",
      hint: unserved.flatMap((problem) => formatProblem(problem, path)).join("\n"),
    });
  }
}

/** A configuration file that cannot be used, with everything that is wrong with it. */
export class ConfigError extends AppError {
  constructor(path: string, problems: readonly Problem[]) {
    const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
    super(`Validation failed: ${count} in ${path}`, {
      code: "config-invalid",
      hint: problems.flatMap((problem) => formatProblem(problem, path)).join("\n"),
    });
  }
}
