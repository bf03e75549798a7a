import { expect, test } from "vitest";
import {
  matching,
  parseAge,
  parseConditions,
  parsePatterns,
  parseTarget,
  startedSince,
  withAttributes,
  withTarget,
} from "./select.ts";
import type { Attribute, Trace } from "./span.ts";

const text = (key: string, stringValue: string): Attribute => ({ key, value: { stringValue } });

function trace(id: string, startMs: number, ...attributes: readonly Attribute[]): Trace {
  const span = {
    traceId: id,
    spanId: id.slice(0, 16),
    parentSpanId: "",
    name: "POST /v1/messages",
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + 5}000000`,
    service: "plano(llm)",
    attributes,
  };
  return { trace_id: id, spans: [span] };
}

const failed = trace("a".repeat(32), 3000, text("http.status_code", "429"), text("llm.model", "gpt-4o"));
const streamed = trace("b".repeat(32), 2000, text("http.status_code", "200"), {
  key: "llm.is_streaming",
  value: { boolValue: true },
});
const all = [failed, streamed];

test("a target is a word or an id", () => {
  expect(parseTarget("last")).toBe("last");
  expect(parseTarget("AAAAAAAA")).toEqual({ prefix: "aaaaaaaa" });
  expect(withTarget(all, "last")).toEqual([failed]);
  expect(withTarget(all, "any")).toEqual(all);
  expect(withTarget(all, { prefix: "bbbbbbbb" })).toEqual([streamed]);
  expect(withTarget(all, { prefix: "cccccccc" })).toEqual([]);
});

test.each([
  ["abc", "Trace ID must be 8 or 32 hex characters."],
  ["zzzzzzzz", "Trace ID must be 8 or 32 hex characters."],
  ["0".repeat(8), "Short trace ID must be 8 hex characters."],
  ["0".repeat(32), "Trace ID must be 32 hex characters."],
])("%s is no target", (word, message) => {
  expect(() => parseTarget(word)).toThrow(message);
});

test("conditions hold of some span, all of them, whatever the type", () => {
  expect(parseConditions(["a.b=1"])).toEqual([["a.b", "1"]]);
  expect(() => parseConditions(["bad-format", "a=b=c"])).toThrow(
    "Invalid --where filter(s): bad-format, a=b=c. Use key=value.",
  );
  expect(matching(all, [["http.status_code", "429"]])).toEqual([failed]);
  expect(matching(all, [["llm.is_streaming", "True"]])).toEqual([streamed]);
  expect(
    matching(all, [
      ["http.status_code", "429"],
      ["llm.is_streaming", "true"],
    ]),
  ).toEqual([]);
  expect(() => matching(all, [["http.code", "429"]])).toThrow("Unknown --where key(s): http.code");
});

test("an age drops what began before", () => {
  expect([parseAge("5m"), parseAge("2h"), parseAge("1d")]).toEqual([300_000, 7_200_000, 86_400_000]);
  expect(() => parseAge("5 minutes")).toThrow("such as 5m, 2h or 1d");
  expect(startedSince(all, 2500)).toEqual([failed]);
});

test("patterns leave only the attributes that fit one", () => {
  expect(parsePatterns(["http.*,llm.model", "x"])).toEqual(["http.*", "llm.model", "x"]);
  expect(() => parsePatterns(["http.*,"])).toThrow("Filter contains empty tokens.");
  const keys = (traces: readonly Trace[]) =>
    traces.map(({ spans }) => spans.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
  const narrowed = withAttributes(all, ["http.*", "none-such"]);
  expect(keys(narrowed.traces)).toEqual([["http.status_code"], ["http.status_code"]]);
  expect(narrowed.unmatched).toEqual(["none-such"]);
  // A dot is a dot.
  expect(withAttributes(all, ["llm?model"])).toEqual({ traces: all, unmatched: ["llm?model"] });
});
