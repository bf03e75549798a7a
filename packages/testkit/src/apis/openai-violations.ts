import type { z } from "zod";
import { type Failure, firstViolation, kindOf, valueAt } from "../failure.ts";

/** `messages[0].role`, the way the service spells a path. */
function openaiPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

/** A 400 in the service's words. */
export function openaiInvalid(message: string, param: string | null, code: string | null): Failure {
  return { status: 400, type: "invalid_request_error", message, param, code };
}

const kindNames: Readonly<Record<string, string>> = {
  array: "an array",
  boolean: "a boolean",
  integer: "an integer",
  int: "an integer",
  null: "null",
  number: "a decimal number",
  object: "an object",
  record: "an object",
  string: "a string",
};

/** Turns a schema error into the answer that the service gives for it. */
export function openaiViolation(error: z.ZodError, body: unknown): Failure {
  const { path, issue } = firstViolation(error);
  const param = openaiPath(path);
  const value = valueAt(body, path);
  if (issue.code === "unrecognized_keys") {
    const name = openaiPath([...path, issue.keys[0] ?? ""]);
    return openaiInvalid(`Unknown parameter: '${name}'.`, name, "unknown_parameter");
  }
  if (value === undefined) {
    return openaiInvalid(`Missing required parameter: '${param}'.`, param, "missing_required_parameter");
  }
  if (issue.code === "invalid_type" || (issue.code === "invalid_union" && !("discriminator" in issue))) {
    const expected =
      issue.code === "invalid_type" ? (kindNames[issue.expected] ?? issue.expected) : "another type";
    const received = kindNames[kindOf(value)] ?? kindOf(value);
    return openaiInvalid(
      `Invalid type for '${param}': expected ${expected}, but got ${received} instead.`,
      param,
      "invalid_type",
    );
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map((allowed) => `'${String(allowed)}'`).join(", ");
    return openaiInvalid(
      `Invalid value: '${String(value)}'. Supported values are: ${values}.`,
      param,
      "invalid_value",
    );
  }
  if (issue.code === "too_small" && issue.origin === "array") {
    return openaiInvalid(
      `Invalid '${param}': empty array. Expected an array with minimum length ${issue.minimum}, but got an empty array instead.`,
      param,
      "empty_array",
    );
  }
  if (issue.code === "too_small") {
    return openaiInvalid(
      `Invalid '${param}': integer below minimum value. Expected a value >= ${issue.minimum}, but got ${String(value)} instead.`,
      param,
      "integer_below_min_value",
    );
  }
  if (issue.code === "too_big") {
    return openaiInvalid(
      `Invalid '${param}': integer above maximum value. Expected a value <= ${issue.maximum}, but got ${String(value)} instead.`,
      param,
      "integer_above_max_value",
    );
  }
  return openaiInvalid(`Invalid value for '${param}': ${issue.message}.`, param, "invalid_value");
}
