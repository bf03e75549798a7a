import { type EffectiveValue, type Explanation, explainKey, formatPath } from "@plano/config/gateway";
import { AppError } from "@plano/errors";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../exit-codes.ts";
import { type EffectiveConfig, effectiveConfig, valueToJson } from "./effective-config.ts";

export interface ExplainOptions {
  /** Such as `overrides.drain_timeout` or `listeners[0].port`. */
  readonly key: string;
  readonly file: string | undefined;
  readonly path: string;
  readonly json: boolean;
}

/** Prints what a key means, what may be written there, and what is in effect and why. */
export async function run(options: ExplainOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const config = effectiveConfig(options, context);
  const result = explainKey(options.key, config.result.ok ? config.result : undefined);
  if (!result.ok) {
    throw new AppError(`there is no key ${options.key}: ${result.segment} is not known there`, {
      code: "unknown-key",
      hint: result.suggestion === undefined ? knownKeys(result.known) : `Did you mean ${result.suggestion}?`,
    });
  }
  const { explanation } = result;
  if (options.json) terminal.json(toJson(options.key, explanation, config));
  else print(options.key, explanation, config, context);
  return exitCodes.success;
}

function knownKeys(known: readonly string[]): string {
  return known.length === 0 ? "It has no keys." : `Keys there: ${known.join(", ")}`;
}

function toJson(key: string, explanation: Explanation, config: EffectiveConfig): object {
  return {
    key,
    description: explanation.description,
    allowed: explanation.allowed,
    default: explanation.default ?? null,
    served: explanation.isServed,
    older_form: explanation.isOlder,
    values: explanation.values.map((value) => valueToJson(value, config)),
  };
}

function print(key: string, explanation: Explanation, config: EffectiveConfig, { terminal }: Context): void {
  const { description, allowed, default: fallback, isServed, isOlder, values } = explanation;
  terminal.heading(key);
  terminal.line(`  ${description}`);
  if (!isServed) terminal.line("  This release does not serve it.");
  if (isOlder) terminal.line("  It belongs to an older form of the language; planoai migrate rewrites it.");
  const facts = [["  allowed", allowed], ...(fallback === undefined ? [] : [["  default", show(fallback)]])];
  terminal.table(facts);
  terminal.line();
  if (!config.result.ok) {
    terminal.warning(
      `${config.path} is not valid, so nothing of it is in effect; planoai validate tells why`,
    );
  } else if (values.length === 0) terminal.line("  It is not set.");
  terminal.table(values.map((value) => valueRow(value, config)));
}

function valueRow(value: EffectiveValue, config: EffectiveConfig): string[] {
  const variables = value.variables.map((name) => `${name} is ${described[config.source(name)]}`);
  return [`  ${formatPath(value.path)}`, show(value.value), [config.origin(value), ...variables].join("; ")];
}

const described = {
  ".env": "set in .env",
  environment: "set in the environment",
  none: "not set",
} as const;

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
