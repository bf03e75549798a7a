import type { IncomingHttpHeaders } from "node:http";

/** An answer of the service. */
export interface ServiceAnswer {
  readonly status: number;
  readonly body?: unknown;
}

/** The body of a refusal. */
export function refusal(
  status: number,
  errorType: string,
  message: string,
  conflict: object = {},
): ServiceAnswer {
  return { status, body: { ResponseCode: status, Message: message, ErrorType: errorType, ...conflict } };
}

/** Refuses, and marks the request as one that no right client sends. */
export class Violation extends Error {}

/** The keys of a body, exactly these and in their own spelling; those with `?` may be absent. */
export function checkKeys(value: unknown, keys: readonly string[], what: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Violation(`${what} is no object`);
  const optional = keys.filter((key) => key.endsWith("?")).map((key) => key.slice(0, -1));
  const required = keys.filter((key) => !key.endsWith("?"));
  const found = Object.keys(value);
  const missing = required.filter((key) => !found.includes(key));
  const unknown = found.filter((key) => !required.includes(key) && !optional.includes(key));
  if (missing.length > 0) throw new Violation(`${what} lacks ${missing.join(", ")}`);
  if (unknown.length > 0) throw new Violation(`${what} has unknown ${unknown.join(", ")}`);
  return value as Record<string, unknown>;
}

/** The version in `If-Match`: a bare decimal. */
export function readIfMatch(headers: IncomingHttpHeaders): number {
  const text = headers["if-match"];
  if (text === undefined || !/^[1-9]\d*$/.test(text)) throw new Violation(`If-Match is ${text ?? "missing"}`);
  return Number(text);
}

/** A time of RFC 3339. */
export function checkTime(value: unknown, what: string): void {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)) {
    throw new Violation(`${what} is no time`);
  }
}
