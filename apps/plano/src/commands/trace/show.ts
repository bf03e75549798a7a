import { UsageError } from "@plano/errors";
import type { Context } from "../../context.ts";
import { tracePort } from "../../environment.ts";
import { formatTrace, summarize } from "../../traces/format-trace.ts";
import { awaitTraces, fetchTraces } from "../../traces/query.ts";
import {
  matching,
  parseAge,
  parseConditions,
  parsePatterns,
  parseTarget,
  startedSince,
  withAttributes,
  withTarget,
} from "../../traces/select.ts";
import type { Trace } from "../../traces/span.ts";

export interface ShowOptions {
  /** `last`, `any`, or an id. */
  readonly target: string | undefined;
  /** Patterns of attributes to show. */
  readonly filter: readonly string[];
  /** `key=value`: what some span of a trace has to say. */
  readonly where: readonly string[];
  /** Such as `5m`. */
  readonly since: string | undefined;
  /** How many at the most; 0 for no limit. */
  readonly limit: number;
  /** Ids instead of spans. */
  readonly list: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** Prints traces that the collector has. That it has none, or that none runs, is no failure. */
export async function run(options: ShowOptions, { terminal, environment }: Context): Promise<number> {
  const { list, json, limit, since } = options;
  const conditions = parseConditions(options.where);
  const patterns = parsePatterns(options.filter);
  const oldest = since === undefined ? undefined : Date.now() - parseAge(since);
  const isOpen = list || since !== undefined || limit > 0;
  const target = parseTarget(options.target ?? (isOpen ? "any" : "last"));
  if (list && typeof target === "object") throw new UsageError("Target and --list cannot be used together.");
  const port = tracePort(environment);
  const fetched = target === "last" ? await awaitTraces(port) : await fetchTraces(port);
  const recent = oldest === undefined ? (fetched ?? []) : startedSince(fetched ?? [], oldest);
  const found = withTarget(matching(recent, conditions), target);
  const { traces, unmatched } = withAttributes(limit > 0 ? found.slice(0, limit) : found, patterns);
  if (unmatched.length > 0 && traces.length > 0) {
    const what =
      unmatched.length === patterns.length ? "Returning unfiltered traces." : "The others are shown.";
    terminal.warning(`Filter key(s) not found: ${unmatched.join(", ")}. ${what}`);
  }
  if (json) terminal.json(list ? { trace_ids: traces.map(({ trace_id }) => trace_id) } : { traces });
  else if (traces.length > 0) print(traces, options, terminal);
  if (traces.length === 0) tellWhyNone(fetched, port, terminal);
  return 0;
}

function print(
  traces: readonly Trace[],
  { list, verbose }: ShowOptions,
  terminal: Context["terminal"],
): void {
  if (list) {
    terminal.line("Trace IDs:");
    terminal.table(
      traces.map((trace) => summarize(trace).map((cell, index) => (index ? cell : `  ${cell}`))),
    );
    return;
  }
  traces.forEach((trace, index) => {
    if (index > 0) terminal.line();
    for (const line of formatTrace(trace, { style: terminal.style, verbose })) terminal.line(line);
  });
}

function tellWhyNone(
  fetched: readonly Trace[] | undefined,
  port: number,
  { errorLine, errorStyle }: Context["terminal"],
): void {
  errorLine("No traces found.");
  const hint =
    fetched === undefined
      ? `No collector answers at port ${port}: planoai up --with-tracing starts one, or planoai trace listen`
      : fetched.length === 0
        ? "None has come yet; the gateway sends them within a second or two."
        : `${fetched.length} others are there: planoai trace --list`;
  errorLine(errorStyle.dim(`  ${hint}`));
}
