import type { z } from "zod";
import { type Failure, firstViolation, valueAt } from "../../failure.ts";

/** A 400 in the service's words. */
export function anthropicInvalid(message: string): Failure {
  return { status: 400, type: "invalid_request_error", message };
}

const kindNames: Readonly<Record<string, string>> = {
  array: "list",
  boolean: "boolean",
  int: "integer",
  number: "number",
  object: "dictionary",
  record: "dictionary",
  string: "string",
};

/** Turns a schema error into the answer that the service gives for it. */
export function anthropicViolation(error: z.ZodError, body: unknown): Failure {
  const { path, issue } = firstViolation(error);
  const where = path.map(String).join(".");
  const value = valueAt(body, path);
  if (issue.code === "unrecognized_keys") {
    return anthropicInvalid(
      `${[...path, issue.keys[0] ?? ""].map(String).join(".")}: Extra inputs are not permitted`,
    );
  }
  if (value === undefined) return anthropicInvalid(`${where}: Field required`);
  if (issue.code === "invalid_type") {
    return anthropicInvalid(
      `${where}: Input should be a valid ${kindNames[issue.expected] ?? issue.expected}`,
    );
  }
  if (issue.code === "invalid_value") {
    const values = issue.values.map((allowed) => `'${String(allowed)}'`).join(", ");
    return anthropicInvalid(`${where}: Input should be ${values}`);
  }
  if (issue.code === "too_small" && issue.origin === "array") {
    return anthropicInvalid(`${where}: at least one message is required`);
  }
  if (issue.code === "too_small") {
    return anthropicInvalid(`${where}: Input should be greater than or equal to ${issue.minimum}`);
  }
  if (issue.code === "too_big") {
    return anthropicInvalid(`${where}: Input should be less than or equal to ${issue.maximum}`);
  }
  return anthropicInvalid(`${where}: ${issue.message}`);
}
