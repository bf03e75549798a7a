/** The value of an attribute, as OTLP writes it in JSON. */
export type AttributeValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  /** A 64-bit whole number in decimal digits. */
  | { readonly intValue: string }
  | { readonly doubleValue: number };

export interface Attribute {
  readonly key: string;
  readonly value: AttributeValue;
}

/** One span, as `planoai trace --json` prints it. Ids are lower-case hex. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Nanoseconds since 1970 in decimal digits. */
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  /** `service.name` of what sent it. */
  readonly service: string;
  readonly attributes: readonly Attribute[];
}

/** Spans that belong together. */
export interface Trace {
  readonly trace_id: string;
  readonly spans: readonly Span[];
}

/** The value as text: what `--where` compares and what is shown. */
export function textOf(value: AttributeValue): string {
  return String(Object.values(value)[0]);
}

/** The text of an attribute; undefined where the span has none. */
export function attributeOf(span: Span, key: string): string | undefined {
  const found = span.attributes.find((attribute) => attribute.key === key);
  return found && textOf(found.value);
}

/** The span's beginning and end, in milliseconds with fractions. */
export function timesOf(span: Span): { readonly start: number; readonly end: number } {
  return { start: Number(span.startTimeUnixNano) / 1e6, end: Number(span.endTimeUnixNano) / 1e6 };
}

/** When the first of its spans began, in milliseconds. */
export function beginningOf({ spans }: Trace): number {
  return Math.min(...spans.map((span) => timesOf(span).start));
}

/** From the first beginning to the last end, in milliseconds. */
export function durationOf(trace: Trace): number {
  if (trace.spans.length === 0) return 0;
  return Math.max(...trace.spans.map((span) => timesOf(span).end)) - beginningOf(trace);
}
