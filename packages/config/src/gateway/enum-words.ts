import { isMap, isScalar, isSeq } from "yaml";
import { type KeySchema, resolveSchema } from "./key-schema.ts";

/**
 * Makes `off` the word that it is where the schema lists it as a word: a reader of older files takes
 * it, and others like it, for a boolean.
 */
export function restoreWords(node: unknown, written: KeySchema): void {
  const schema = resolveSchema(written);
  if (isMap(node)) {
    const { properties = {}, additionalProperties: others } = schema;
    for (const { key, value } of node.items) {
      const child = properties[isScalar(key) ? String(key.value) : ""];
      if (child !== undefined) restoreWords(value, child);
      else if (typeof others === "object") restoreWords(value, others);
    }
  } else if (isSeq(node)) {
    for (const item of node.items) if (schema.items !== undefined) restoreWords(item, schema.items);
  } else if (isScalar(node) && typeof node.value === "boolean") {
    const word = node.source?.toLowerCase();
    if (word !== undefined && schema.enum?.includes(word)) node.value = word;
  }
}
