import type { z } from "zod";
import { type Failure, firstViolation, valueAt } from "../../failure.ts";

/** A failure by the name of its exception, which goes into a header. */
export function bedrockFailure(status: number, type: string, message: string): Failure {
  return { status, type, message, headers: { "x-amzn-errortype": `${type}:http://internal.amazon.com/` } };
}

/** A 400 in the service's words. */
export function bedrockInvalid(message: string): Failure {
  return bedrockFailure(400, "ValidationException", message);
}

/** Turns a schema error into the answer that the service gives for it. */
export function bedrockViolation(error: z.ZodError, body: unknown): Failure {
  const { path, issue } = firstViolation(error);
  const where = path.map(String).join(".");
  const value = valueAt(body, path);
  if (issue.code === "unrecognized_keys") {
    const key = [...path, issue.keys[0] ?? ""].map(String).join(".");
    return bedrockInvalid(
      `The model returned the following errors: #: extraneous key [${key}] is not permitted, please reformat your input and try again.`,
    );
  }
  if (issue.code === "invalid_type" && value !== undefined) {
    return bedrockFailure(
      400,
      "SerializationException",
      `Expected ${issue.expected} at ${where}, found ${Array.isArray(value) ? "array" : typeof value}`,
    );
  }
  const reason =
    value === undefined ? "failed to satisfy constraint: Member must not be null" : constraint(issue);
  return bedrockInvalid(`1 validation error detected: Value at '${where}' ${reason}`);
}

function constraint(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") {
    return `failed to satisfy constraint: Member must satisfy enum value set: [${issue.values.map(String).join(", ")}]`;
  }
  if (issue.code === "too_small") {
    return `failed to satisfy constraint: Member must have value greater than or equal to ${issue.minimum}`;
  }
  if (issue.code === "too_big") {
    return `failed to satisfy constraint: Member must have value less than or equal to ${issue.maximum}`;
  }
  return issue.message;
}
