import { basename } from "node:path";
import {
  type CompileResult,
  compileGatewayConfig,
  describeOrigin,
  type EffectiveValue,
  formatPath,
  zeroConfig,
} from "@plano/config/gateway";
import type { Context } from "../../context.ts";
import { compileFile, locateConfig } from "../../gateway/config-file.ts";
import { environmentOf, type VariableSource, variableSource } from "../../gateway/variables.ts";

/** The configuration that `up` would use, and where the parts of it come from. */
export interface EffectiveConfig {
  readonly result: CompileResult;
  /** The file, or undefined when there is none. */
  readonly path: string | undefined;
  /** `config.yaml:12`, `default`, ...: where a value comes from. */
  origin(value: EffectiveValue): string;
  /** Where the value of an environment variable comes from. */
  source(variable: string): VariableSource;
}

/** Finds and compiles the configuration that `up` would use. */
export function effectiveConfig(
  options: { readonly file: string | undefined; readonly path: string },
  context: Context,
): EffectiveConfig {
  const { path, folder } = locateConfig({ file: options.file, folder: options.path }, context.currentFolder);
  const result =
    path === undefined
      ? compileGatewayConfig(zeroConfig({ environment: environmentOf(folder, context.environment) }).text)
      : compileFile(path, context);
  return {
    result,
    path,
    origin: (value) => (path === undefined ? "built in" : describeOrigin(value, basename(path))),
    source: (variable) => variableSource(variable, folder, context.environment),
  };
}

/** A value with where it comes from, as `--json` prints it. Line and column are those of the file. */
export function valueToJson(
  { path, value, origin, variables }: EffectiveValue,
  config: EffectiveConfig,
): object {
  const isInFile = origin.kind !== "default" && config.path !== undefined;
  return {
    key: formatPath(path),
    value,
    from: isInFile ? origin.kind : "default",
    written_as: isInFile ? formatPath(origin.path) : null,
    line: isInFile ? origin.position.line : null,
    column: isInFile ? origin.position.column : null,
    variables: variables.map((name) => ({ name, set_in: config.source(name) })),
  };
}
