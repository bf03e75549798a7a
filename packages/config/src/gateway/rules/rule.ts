import { oneOf } from "../allowed.ts";
import { displayValue } from "../display-value.ts";
import type { Draft } from "../normalize.ts";
import type { Path, Problem } from "../problem.ts";

/** Looks at one aspect of a draft and tells what is wrong with it. */
export type Rule = (draft: Draft) => readonly Finding[];

export interface Finding {
  readonly problem: Problem;
  /** A warning does not stop a configuration from being used. */
  readonly kind: "error" | "warning";
}

interface Details {
  readonly value?: unknown;
  readonly suggestion?: string | undefined;
  readonly allowed?: readonly string[];
}

/** A finding that makes the configuration unusable. */
export function failure(code: string, path: Path, message: string, details: Details = {}): Finding {
  return { problem: problemOf(code, path, message, details), kind: "error" };
}

/** A finding that the user should know about. */
export function warning(code: string, path: Path, message: string, details: Details = {}): Finding {
  return { problem: problemOf(code, path, message, details), kind: "warning" };
}

function problemOf(code: string, path: Path, message: string, details: Details): Problem {
  const value = displayValue(details.value, path);
  return {
    code,
    message,
    path,
    ...(details.allowed === undefined ? {} : { allowed: oneOf(details.allowed) }),
    ...(value === undefined ? {} : { value }),
    ...(details.suggestion === undefined ? {} : { suggestion: details.suggestion }),
  };
}

/** Parts of a configuration with the paths that they stand at. */
export interface Placed<T> {
  readonly entry: T;
  readonly path: Path;
}

/** The entries of a list, which may be missing, with their paths. */
export function placedEntries<T>(entries: readonly T[] | undefined, path: Path): Placed<T>[] {
  return (entries ?? []).map((entry, index) => ({ entry, path: [...path, index] }));
}

/** The entries that come second or later with a key that came before. */
export function repeated<T>(entries: readonly T[], keyOf: (entry: T) => string): T[] {
  const seen = new Set<string>();
  return entries.filter((entry) => {
    const key = keyOf(entry);
    const again = seen.has(key);
    seen.add(key);
    return again;
  });
}
