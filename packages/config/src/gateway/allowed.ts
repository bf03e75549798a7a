import type { KeySchema } from "./key-schema.ts";

const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  integer: "a whole number",
  number: "a number",
  object: "an object",
  string: "text",
};

/** What may be written at a key, for people: `true or false`, `a whole number from 1 to 65535`, ... */
export function describeAllowed({ enum: words, pattern, type, minimum, maximum }: KeySchema): string {
  if (words !== undefined) return oneOf(words);
  if (pattern !== undefined) return "a length of time, such as 300ms, 5s, 1m or 1h30m";
  const types = [type ?? []].flat().filter((name) => name !== "null");
  const names = types.map((name) => typeNames[name] ?? name).join(" or ");
  if (minimum !== undefined && maximum !== undefined) return `${names} from ${minimum} to ${maximum}`;
  return minimum === undefined ? names : `${names}, at least ${minimum}`;
}

/** `one of a, b`, or the only one there is. */
export function oneOf(words: readonly unknown[]): string {
  return `${words.length === 1 ? "" : "one of "}${words.join(", ")}`;
}
