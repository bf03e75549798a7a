import { UsageError } from "@plano/errors";
import { attributeOf, type Span, type Trace, timesOf } from "./span.ts";

/** Which traces are wanted: `last`, `any` (all of them), a trace id, or its first eight digits. */
export type Target = "last" | "any" | { readonly prefix: string };

/** Reads a target. Throws a UsageError where it is none. */
export function parseTarget(text: string): Target {
  if (text === "last" || text === "any") return text;
  const id = text.toLowerCase();
  const isHex = /^[0-9a-f]+$/.test(id);
  if (!isHex || (id.length !== 8 && id.length !== 32)) {
    throw new UsageError("Trace ID must be 8 or 32 hex characters.", { hint: "Or it is: last, any" });
  }
  if (/^0+$/.test(id)) {
    throw new UsageError(
      id.length === 8 ? "Short trace ID must be 8 hex characters." : "Trace ID must be 32 hex characters.",
      { hint: "An id of nothing but noughts is that of no trace." },
    );
  }
  return { prefix: id };
}

/** Every word that `--where` was given, as pairs. Throws a UsageError that names those which are none. */
export function parseConditions(words: readonly string[]): (readonly [key: string, value: string])[] {
  const wrong = words.filter((word) => !/^[A-Za-z0-9_.:-]+=[^=]+$/.test(word));
  if (wrong.length > 0) {
    throw new UsageError(`Invalid --where filter(s): ${wrong.join(", ")}. Use key=value.`);
  }
  return words.map((word) => {
    const [key = "", value = ""] = word.split("=");
    return [key, value];
  });
}

/** Every pattern that `--filter` was given, also several in one word. Throws a UsageError for an empty one. */
export function parsePatterns(words: readonly string[]): string[] {
  const patterns = words.flatMap((word) => word.split(",")).map((pattern) => pattern.trim());
  if (patterns.includes("")) throw new UsageError("Filter contains empty tokens.");
  return patterns;
}

const unitMilliseconds = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How long `5m`, `2h` or `1d` is, in milliseconds. Throws a UsageError for anything else. */
export function parseAge(text: string): number {
  const [, digits, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Number(digits) * unitMilliseconds[unit as keyof typeof unitMilliseconds];
  throw new UsageError(`--since is a number of minutes, hours or days, such as 5m, 2h or 1d: ${text}`);
}

/** The traces that a target means; of several that an id's beginning fits, all. */
export function withTarget(traces: readonly Trace[], target: Target): readonly Trace[] {
  if (target === "any") return traces;
  if (target === "last") return traces.slice(0, 1);
  return traces.filter(({ trace_id }) => trace_id.startsWith(target.prefix));
}

/** Without the spans that began before `since`, in milliseconds, and without traces that have no others. */
export function startedSince(traces: readonly Trace[], since: number): readonly Trace[] {
  return traces
    .map((trace) => ({ ...trace, spans: trace.spans.filter((span) => timesOf(span).start >= since) }))
    .filter(({ spans }) => spans.length > 0);
}

/** The traces in which every condition holds of some span. Throws a UsageError for a key that no span has. */
export function matching(
  traces: readonly Trace[],
  conditions: readonly (readonly [key: string, value: string])[],
): readonly Trace[] {
  const known = new Set(traces.flatMap(({ spans }) => spans.flatMap(keysOf)));
  const unknown = conditions.map(([key]) => key).filter((key) => !known.has(key));
  if (unknown.length > 0 && traces.length > 0) {
    throw new UsageError(`Unknown --where key(s): ${unknown.join(", ")}`, {
      hint: `These spans have: ${[...known].sort().join(", ")}`,
    });
  }
  const holds = (span: Span, [key, value]: readonly [string, string]) => {
    const text = attributeOf(span, key);
    return text !== undefined && (text === value || isSameTruth(text, value));
  };
  return traces.filter(({ spans }) =>
    conditions.every((condition) => spans.some((span) => holds(span, condition))),
  );
}

/** `True` and `true` are the same. */
function isSameTruth(left: string, right: string): boolean {
  return /^(true|false)$/i.test(left) && left.toLowerCase() === right.toLowerCase();
}

function keysOf({ attributes }: Span): string[] {
  return attributes.map(({ key }) => key);
}

/** The traces with only those attributes whose keys fit a pattern (`*` fits anything), and the patterns that fit none. */
export function withAttributes(
  traces: readonly Trace[],
  patterns: readonly string[],
): { readonly traces: readonly Trace[]; readonly unmatched: readonly string[] } {
  const keys = new Set(traces.flatMap(({ spans }) => spans.flatMap(keysOf)));
  const fits = (pattern: string) => {
    const parts = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
    const expression = new RegExp(`^${parts.join(".*")}$`);
    return (key: string) => expression.test(key);
  };
  const unmatched = patterns.filter((pattern) => ![...keys].some(fits(pattern)));
  // What fits nothing would hide everything.
  if (unmatched.length === patterns.length) return { traces, unmatched };
  const wanted = patterns.map(fits);
  const narrowed = (span: Span): Span => ({
    ...span,
    attributes: span.attributes.filter(({ key }) => wanted.some((isWanted) => isWanted(key))),
  });
  return {
    traces: traces.map((trace) => ({ ...trace, spans: trace.spans.map(narrowed) })),
    unmatched,
  };
}
