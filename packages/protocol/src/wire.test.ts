import { expect, test } from "vitest";
import { z } from "zod";
import { booleanText, describeFaults, list, map, nullable, wireObject } from "./wire.ts";

const schema = wireObject({
  Name: z.string(),
  Items: list(z.string()),
  ByName: map(wireObject({ Value: z.number() })),
  Model: nullable(z.string()),
  Note: z.string().optional(),
});

test("keys are taken in any case and come out as spelt, in the order of the shape", () => {
  const parsed = schema.parse({
    NOTE: "n",
    items: ["a"],
    byname: { Keep: { VALUE: 1 } },
    nAmE: "x",
    Extra: 1,
  });
  expect(JSON.stringify(parsed)).toBe(
    '{"Name":"x","Items":["a"],"ByName":{"Keep":{"Value":1}},"Model":null,"Note":"n"}',
  );
});

test("null counts as absent where it is not a value", () => {
  const parsed = schema.parse({ Name: "x", Items: null, ByName: null, Model: null, Note: null });
  expect(JSON.stringify(parsed)).toBe('{"Name":"x","Items":[],"ByName":{},"Model":null}');
});

test("the exact spelling wins over another", () => {
  expect(schema.parse({ name: "other", Name: "exact" }).Name).toBe("exact");
  expect(schema.parse({ Name: "exact", name: "other" }).Name).toBe("exact");
});

test("keys that every object has are no fields", () => {
  expect(schema.parse(JSON.parse('{"Name":"x","__proto__":{"Note":"n"}}')).Note).toBeUndefined();
  expect(schema.safeParse({ constructor: "x" }).success).toBe(false);
});

test.each([[null], ["text"], [["list"]], [7]])("%j is no object", (value) => {
  expect(schema.safeParse(value).success).toBe(false);
});

test("faults say where, not what", () => {
  const parsed = schema.safeParse({ Items: ["a", { secret: "hunter2" }] });
  if (parsed.success) throw new Error("it parsed");
  expect(describeFaults(parsed.error)).toMatch(/^Name: .*; Items\.1: /);
  expect(describeFaults(parsed.error)).not.toContain("hunter2");
});

test("faults of size say the limit in plain words", () => {
  const sized = z.object({
    Text: z.string().max(3),
    Name: z.string().min(1),
    Items: z.array(z.string()).max(1),
  });
  const parsed = sized.safeParse({ Text: "four", Name: "", Items: ["a", "b"] });
  if (parsed.success) throw new Error("it parsed");
  expect(describeFaults(parsed.error)).toBe(
    "Text: longer than 3 characters, which is the limit; Name: it is empty; " +
      "Items: more than 1 entries, which is the limit",
  );
});

test("truth values of a URL", () => {
  expect(["true", "1", "false", "0"].map((text) => booleanText.parse(text))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(booleanText.safeParse("perhaps").success).toBe(false);
});
