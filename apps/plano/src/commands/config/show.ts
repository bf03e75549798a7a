import { effectiveTree, effectiveValues, renderEffective } from "@plano/config/gateway";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../exit-codes.ts";
import { ConfigError } from "../../gateway/config-file.ts";
import { effectiveConfig, valueToJson } from "./effective-config.ts";

export interface ShowOptions {
  readonly file: string | undefined;
  readonly path: string;
  readonly json: boolean;
}

/** Prints the configuration that `up` would use, with all defaults and where each value comes from. */
export async function run(options: ShowOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const config = effectiveConfig(options, context);
  const { path = "the built-in configuration", result } = config;
  if (!result.ok) throw new ConfigError(path, result.errors);
  const values = effectiveValues(result.complete, result.document);
  if (options.json) {
    terminal.json({
      file: config.path ?? null,
      config: effectiveTree(values),
      values: values.map((value) => valueToJson(value, config)),
    });
    return exitCodes.success;
  }
  const heading = config.path ?? "no configuration file: what is built in";
  terminal.line(terminal.style.dim(`# ${heading}`));
  terminal.raw(renderEffective(values, config.origin));
  return exitCodes.success;
}
