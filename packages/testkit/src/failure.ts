import type { z } from "zod";

/** Why a request is refused, before a service gives it its own shape. */
export interface Failure {
  readonly status: number;
  /** The service's own `error.type`. */
  readonly type: string;
  readonly message: string;
  /** OpenAI only. */
  readonly param?: string | null;
  /** OpenAI only. */
  readonly code?: string | null;
  /** Gemini only. */
  readonly details?: readonly object[];
  readonly headers?: Readonly<Record<string, string>>;
}

export type Parsed<Request> =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly failure: Failure };

type Issue = z.core.$ZodIssue;

/** One violation, with the path from the top of the body. */
export interface Violation {
  readonly path: readonly PropertyKey[];
  readonly issue: Issue;
}

/**
 * The violation a service would name: the first one; inside a union, that of the branch that got furthest,
 * because a body with a bad field in its third content part should hear of that field, not of the union.
 */
export function firstViolation(error: z.ZodError): Violation {
  const issue = error.issues[0];
  if (!issue) throw new Error("a ZodError without issues");
  return deepest(issue, []);
}

function deepest(issue: Issue, prefix: readonly PropertyKey[]): Violation {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return { path, issue };
  let best: Violation | undefined;
  for (const branch of issue.errors) {
    const first = branch[0];
    if (!first) continue;
    const candidate = deepest(first, path);
    if (!best || candidate.path.length > best.path.length) best = candidate;
  }
  return best ?? { path, issue };
}

/** What JSON calls the kind of a value. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** The value at a path, or undefined. */
export function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let current: unknown = body;
  for (const key of path) {
    if (current === null || typeof current !== "object") return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}
