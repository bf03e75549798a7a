import { z } from "zod";

/**
 * An object as it travels: keys are taken whatever their case and come out as the shape spells them, in its
 * order; unknown keys are left out; null counts as absent wherever the field does not take null.
 */
export function wireObject<Shape extends z.ZodRawShape>(shape: Shape) {
  const byLowerCase = new Map(Object.keys(shape).map((key) => [key.toLowerCase(), key]));
  const takesNull = new Map<string, boolean>();
  const keepsNull = (key: string) => {
    let known = takesNull.get(key);
    if (known === undefined) {
      known = z.safeParse(shape[key] ?? z.never(), null).success;
      takesNull.set(key, known);
    }
    return known;
  };
  return z.preprocess((value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const result: Record<string, unknown> = {};
    for (const [written, field] of Object.entries(value)) {
      const key = byLowerCase.get(written.toLowerCase());
      if (key === undefined || (field === null && !keepsNull(key))) continue;
      if (key === written || !Object.hasOwn(result, key)) result[key] = field;
    }
    return result;
  }, z.object(shape));
}

/** A list; null and absence are the empty one. */
export function list<Item extends z.ZodType>(item: Item) {
  return z.array(item).default([]);
}

/** A map by name; null and absence are the empty one. */
export function map<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value).default({});
}

/** A field that is always written, as null when there is nothing to say. */
export function nullable<Value extends z.ZodType>(value: Value) {
  return value.nullable().default(null);
}

/** A whole number as it comes in a URL. */
export const numberText = z.coerce.number().int();

/** A truth value as it comes in a URL. */
export const booleanText = z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"] });

/** A point in time that is checked: RFC 3339, any number of decimals, in the years 1 to 9999 that all databases know. */
export const timestamp = z.iso.datetime({ offset: true }).refine((text) => {
  const year = new Date(text).getUTCFullYear();
  return year >= 1 && year <= 9999;
}, "expected a year from 1 to 9999");

/** What is wrong with a value, one phrase for each fault, each with its place. Never shows the value. */
export function describeFaults(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => {
      const fault = describeFault(issue);
      return issue.path.length === 0 ? fault : `${issue.path.map(String).join(".")}: ${fault}`;
    })
    .join("; ");
}

function describeFault(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big" && issue.origin === "string")
    return `longer than ${issue.maximum} characters, which is the limit`;
  if (issue.code === "too_big" && issue.origin === "array")
    return `more than ${issue.maximum} entries, which is the limit`;
  if (issue.code === "too_small" && issue.origin === "string" && issue.minimum === 1) return "it is empty";
  return issue.message;
}
