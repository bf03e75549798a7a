import type { z } from "zod";
import { type Failure, firstViolation, valueAt } from "../../failure.ts";

/** A 400 in the service's words. It has no error types; the status says it all. */
export function cohereInvalid(message: string): Failure {
  return { status: 400, type: "", message: `invalid request: ${message}` };
}

/** Turns a schema error into the answer that the service gives for it. */
export function cohereViolation(error: z.ZodError, body: unknown): Failure {
  const { path, issue } = firstViolation(error);
  const where = path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const key = [...path, issue.keys[0] ?? ""].map(String).join(".");
    return { status: 422, type: "", message: `unknown field: parameter '${key}' is not a valid field` };
  }
  if (valueAt(body, path) === undefined) return cohereInvalid(`${where} is required`);
  return cohereInvalid(`${where}: ${issue.message}`);
}
