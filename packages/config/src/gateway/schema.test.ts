import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { schema } from "./generated/schema.ts";
import { type KeySchema, resolveSchema, rootSchema } from "./key-schema.ts";

/** Every key below a schema with its path; references are followed. */
function keysOf(parent: KeySchema, path: string): [string, KeySchema][] {
  const below = [parent.items, parent.additionalProperties].filter((child) => typeof child === "object");
  return [
    ...Object.entries(parent.properties ?? {}).flatMap(([name, child]): [string, KeySchema][] => {
      const resolved = resolveSchema(child);
      return [[`${path}.${name}`, resolved], ...keysOf(resolved, `${path}.${name}`)];
    }),
    ...below.flatMap((child) => keysOf(resolveSchema(child), `${path}[]`)),
  ];
}

const keys = keysOf(rootSchema, "");

test("every key has a description and a type, for the sake of editors", () => {
  expect(keys.length).toBeGreaterThan(150);
  const lacking = keys.filter(([, { description, type, enum: words }]) => !description || !(type || words));
  expect(lacking.map(([path]) => path)).toEqual([]);
});

test("the schema is one of draft-07", () => {
  const ajv = new Ajv({ strict: false });
  expect(ajv.validateSchema(schema), ajv.errorsText()).toBe(true);
});

test("every default is a value that its key may have", () => {
  const ajv = new Ajv({ strict: false });
  const definitions = schema.definitions;
  const wrong = keys.filter(
    ([, key]) => key.default !== undefined && !ajv.validate({ ...key, definitions }, key.default),
  );
  expect(wrong.map(([path]) => path)).toEqual([]);
});

test("objects take no other keys than those they list", () => {
  const open = keys.filter(
    ([, { properties, additionalProperties }]) => properties && additionalProperties !== false,
  );
  expect(open.map(([path]) => path)).toEqual([]);
});
