import { STATUS_CODES } from "node:http";
import { formatDuration, oneLine, type Style } from "@plano/terminal";
import { attributeOf, durationOf, type Span, type Trace, textOf, timesOf } from "./span.ts";

/** What is shown first; the rest follows by the alphabet. */
const firstKeys = [
  "http.status_code",
  "error.type",
  "error.message",
  "error.stack",
  "exception.type",
  "exception.message",
  "http.method",
  "http.target",
  "guid:x-request-id",
  "request_size",
  "response_size",
  "routing.determination_ms",
  "route.selected_model",
  "agent.name",
  "duration_ms",
  "llm.model",
  "llm.provider",
  "llm.is_streaming",
  "llm.time_to_first_token",
  "llm.duration_ms",
  "llm.response_bytes",
];

/** What says something of a request as it came in or went out, besides what it tells of a model. Envoy notes much more. */
const requestKeys = new Set([
  "http.method",
  "http.target",
  "http.status_code",
  "url.scheme",
  "guid:x-request-id",
  "request_size",
  "response_size",
  "error.message",
  "model.requested",
]);

export interface FormatOptions {
  readonly style: Style;
  /** All attributes, also those of requests. */
  readonly verbose: boolean;
}

/** The lines of a trace: its spans below each other as they called each other, attributes beneath. */
export function formatTrace(trace: Trace, options: FormatOptions): string[] {
  const { style } = options;
  const spans = trace.spans.toSorted((left, right) => timesOf(left).start - timesOf(right).start);
  const began = Math.min(...spans.map((span) => timesOf(span).start));
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lines = [style.bold(`Trace: ${trace.trace_id}`) + style.dim(` (${total(trace)} total)`)];
  const failure = failureOf(spans);
  if (failure !== undefined) lines.push(style.red(`  ${failure}`));
  const shown = new Set<Span>();
  const show = (span: Span, depth: number) => {
    if (shown.has(span)) return;
    shown.add(span);
    lines.push(...formatSpan(span, began, depth, options));
    for (const child of spans.filter(({ parentSpanId }) => parentSpanId === span.spanId))
      show(child, depth + 1);
  };
  for (const span of spans.filter(({ parentSpanId }) => !ids.has(parentSpanId))) show(span, 0);
  // Spans that are each other's parents begin nowhere.
  for (const span of spans) show(span, 0);
  return lines;
}

/** One line of a list: the first digits of the id, how long, when, and what was asked. */
export function summarize(trace: Trace): string[] {
  const first = trace.spans.toSorted((left, right) => timesOf(left).start - timesOf(right).start)[0];
  const when = first === undefined ? "" : new Date(timesOf(first).start).toLocaleString("sv-SE");
  return [trace.trace_id.slice(0, 8), total(trace), when, oneLine(first?.name ?? "")];
}

function total(trace: Trace): string {
  return milliseconds(durationOf(trace));
}

function milliseconds(value: number): string {
  return value < 10
    ? `${value.toFixed(1)}ms`
    : value < 10_000
      ? `${value.toFixed(0)}ms`
      : formatDuration(value);
}

function formatSpan(span: Span, began: number, depth: number, options: FormatOptions): string[] {
  const { style } = options;
  const { start, end } = timesOf(span);
  const indent = "  ".repeat(depth + 1);
  const offset = `+${milliseconds(start - began)}`;
  const took = style.dim(milliseconds(end - start));
  const head = `${indent}${style.dim(offset)} ${style.cyan(oneLine(span.service))} ${style.bold(oneLine(span.name))} ${took}`;
  const rows = attributesOf(span, options).map(
    ([key, text]) => `${indent}    ${style.dim(key)} ${dressed(key, text, style)}`,
  );
  return [head, ...rows];
}

function attributesOf(span: Span, { verbose }: FormatOptions): [key: string, text: string][] {
  const isRequest = /\((in|out)bound\)/.test(span.service);
  const rank = (key: string) => (firstKeys.includes(key) ? firstKeys.indexOf(key) : firstKeys.length);
  return span.attributes
    .filter(({ key }) => verbose || !isRequest || requestKeys.has(key) || key.startsWith("llm."))
    .map(({ key, value }): [string, string] => [oneLine(key), oneLine(textOf(value))])
    .sort(([left], [right]) => rank(left) - rank(right) || left.localeCompare(right));
}

function dressed(key: string, text: string, style: Style): string {
  if (/^(error|exception)\./.test(key)) return style.red(text);
  if (key !== "http.status_code") return text;
  const phrase = STATUS_CODES[text];
  const words = phrase === undefined ? text : `${text} ${phrase}`;
  return Number(text) < 400 ? style.green(words) : style.red(words);
}

/** What went wrong, in a line: the first status that tells so, and the first message; undefined where nothing did. */
function failureOf(spans: readonly Span[]): string | undefined {
  const found = (key: string) => spans.flatMap((span) => attributeOf(span, key) ?? []);
  const status = found("http.status_code").find((text) => Number(text) >= 400);
  const [message] = [...found("error.message"), ...found("exception.message")];
  const words = status === undefined ? undefined : `${status} ${STATUS_CODES[status] ?? ""}`.trim();
  const parts = [words, message].filter((text) => text !== undefined);
  return parts.length === 0 ? undefined : oneLine(parts.join(": "));
}
