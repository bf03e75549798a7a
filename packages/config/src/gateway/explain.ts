import { describeAllowed } from "./allowed.ts";
import type { ConfigDocument } from "./document.ts";
import { type EffectiveValue, effectiveValues } from "./effective.ts";
import type { CompleteConfig } from "./generated/complete-config.ts";
import { type KeySchema, resolveSchema, rootSchema } from "./key-schema.ts";
import { nearest } from "./nearest.ts";
import type { Path } from "./problem.ts";

/** What a key means, and what it is in a configuration. */
export interface Explanation {
  readonly description: string;
  /** `true or false`, `a whole number, at least 1`, ...: what may be written. */
  readonly allowed: string;
  /** Undefined when there is none, or when it follows from other keys. */
  readonly default: unknown;
  readonly isServed: boolean;
  /** Whether it belongs to an older form of the language. */
  readonly isOlder: boolean;
  /** The values that are in effect at the key and below it; none when no configuration is. */
  readonly values: readonly EffectiveValue[];
}

export type ExplainResult =
  | { readonly ok: true; readonly explanation: Explanation }
  | {
      readonly ok: false;
      /** The part of the key that does not exist, and what does in its place. */
      readonly segment: string;
      readonly known: readonly string[];
      readonly suggestion: string | undefined;
    };

/**
 * Explains a key, written as `overrides.drain_timeout`, `listeners[0].port`, or `listeners.port` for
 * that of every listener. A name with a dot in it is written as `model_aliases["a.b"]`.
 */
export function explainKey(
  key: string,
  compiled: { readonly complete: CompleteConfig; readonly document: ConfigDocument } | undefined,
): ExplainResult {
  const segments = segmentsOf(key);
  let schema = rootSchema;
  let isServed = true;
  for (const segment of segments) {
    const parent =
      schema.items !== undefined && typeof segment !== "number" ? resolveSchema(schema.items) : schema;
    const child = childOf(parent, segment);
    if (child === undefined) {
      const known = Object.keys(parent.properties ?? {});
      return { ok: false, segment: String(segment), known, suggestion: nearest(String(segment), known) };
    }
    schema = resolveSchema(child);
    if (schema["x-not-served"] === true) isServed = false;
  }
  const all = compiled === undefined ? [] : effectiveValues(compiled.complete, compiled.document);
  return {
    ok: true,
    explanation: {
      description: schema.description ?? "",
      allowed: describeAllowed(schema),
      default: schema.default,
      isServed,
      isOlder: schema.deprecated === true,
      values: all.filter(({ path }) => isBelow(path, segments)),
    },
  };
}

function segmentsOf(key: string): (string | number)[] {
  const parts = key.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g);
  return [...parts].map(([, quoted, index, name]) =>
    index === undefined ? (name ?? quoted?.replace(/\\(.)/g, "$1") ?? "") : Number(index),
  );
}

function childOf(schema: KeySchema, segment: string | number): KeySchema | undefined {
  if (typeof segment === "number") return schema.items;
  const others = schema.additionalProperties;
  return schema.properties?.[segment] ?? (typeof others === "object" ? others : undefined);
}

/** Whether a path begins with these segments; a position in a list that they leave out may be any. */
function isBelow(path: Path, segments: readonly (string | number)[]): boolean {
  const [segment, ...rest] = segments;
  if (segment === undefined) return true;
  const [first, ...remaining] = path;
  if (first === undefined) return false;
  if (first === segment) return isBelow(remaining, rest);
  return typeof first === "number" && typeof segment === "string" && isBelow(remaining, segments);
}
