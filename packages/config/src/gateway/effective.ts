import { looksSecret } from "./display-value.ts";
import type { ConfigDocument } from "./document.ts";
import type { CompleteConfig } from "./generated/complete-config.ts";
import { isRecord, type KeySchema, resolveSchema, rootSchema } from "./key-schema.ts";
import type { Path, Position } from "./problem.ts";
import { isReference, referencedNames } from "./references.ts";

/** Where an effective value comes from. */
export type ValueOrigin =
  | {
      /** `file`: it is written there; `older-form`: it follows from what is written there in an older form. */
      readonly kind: "file" | "older-form";
      /** The path that it is written at, which may be one of an older form. */
      readonly path: Path;
      readonly position: Position;
    }
  | { readonly kind: "default" };

/** One value of the configuration that is in effect. */
export interface EffectiveValue {
  readonly path: Path;
  /** Text, a number, a boolean, or an empty list or object. What may be a secret is `(hidden)`, unless it is a reference. */
  readonly value: unknown;
  readonly origin: ValueOrigin;
  /** Environment variables that the value refers to. */
  readonly variables: readonly string[];
}

const hidden = "(hidden)";

/** All values of a configuration with where each comes from, in the order of the language. */
export function effectiveValues(complete: CompleteConfig, document: ConfigDocument): EffectiveValue[] {
  return leavesOf(complete).map(({ path, value, schema }) => {
    const variables = typeof value === "string" ? referencedNames(value) : [];
    const shown = typeof value === "string" && mustBeHidden(value, schema) ? hidden : value;
    return { path, value: shown, origin: originOf(path, document), variables };
  });
}

/** The texts of a configuration that nobody is to be shown. */
export function secretTexts(complete: CompleteConfig): ReadonlySet<string> {
  const texts = leavesOf(complete).flatMap(({ value, schema }) =>
    typeof value === "string" && mustBeHidden(value, schema) ? [value] : [],
  );
  return new Set(texts);
}

interface Leaf {
  readonly path: Path;
  readonly value: unknown;
  readonly schema: KeySchema;
}

function leavesOf(complete: CompleteConfig): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (value: unknown, path: Path, written: KeySchema) => {
    const schema = resolveSchema(written);
    const children = childrenOf(value, schema);
    for (const [segment, child, childSchema] of children) visit(child, [...path, segment], childSchema);
    if (children.length === 0) leaves.push({ path, value, schema });
  };
  visit(complete, [], rootSchema);
  return leaves;
}

/** A text that holds a reference and more may still hold a secret in what is more. */
function mustBeHidden(text: string, schema: KeySchema): boolean {
  if (isReference(text)) return false;
  return schema["x-secret"] === true || looksSecret(text);
}

/** The configuration that is in effect, as one tree. Secrets that are no references are hidden. */
export function effectiveTree(values: readonly EffectiveValue[]): unknown {
  let root: unknown;
  for (const { path, value } of values) root = placed(root, path, value);
  return root;
}

function placed(tree: unknown, path: Path, value: unknown): unknown {
  const [segment, ...rest] = path;
  if (segment === undefined) return value;
  if (typeof segment === "number") {
    const list: unknown[] = Array.isArray(tree) ? tree : [];
    list[segment] = placed(list[segment], rest, value);
    return list;
  }
  const record = isRecord(tree) ? tree : {};
  return { ...record, [segment]: placed(record[segment], rest, value) };
}

type Child = readonly [segment: string | number, value: unknown, schema: KeySchema];

function childrenOf(value: unknown, schema: KeySchema): Child[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item, schema.items ?? {}]);
  if (!isRecord(value)) return [];
  const others = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  return Object.entries(value).map(([key, child]) => [key, child, schema.properties?.[key] ?? others]);
}

function originOf(path: Path, document: ConfigDocument): ValueOrigin {
  const place = document.place(path);
  if (place === undefined || !place.isPresent) return { kind: "default" };
  const { writtenPath, position, isWritten } = place;
  return { kind: isWritten ? "file" : "older-form", path: writtenPath, position };
}
