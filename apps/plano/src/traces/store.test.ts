import { expect, test } from "vitest";
import type { Span } from "./span.ts";
import { TraceStore } from "./store.ts";

let next = 0;

function span(traceId: string, spanId: string, parentSpanId = ""): Span {
  next += 1;
  const times = { startTimeUnixNano: `${next}`, endTimeUnixNano: `${next}` };
  return { traceId, spanId, parentSpanId, name: spanId, service: "test", attributes: [], ...times };
}

function shape(store: TraceStore): Record<string, string[]> {
  return Object.fromEntries(
    store.traces().map(({ trace_id, spans }) => [trace_id, spans.map(({ spanId }) => spanId).sort()]),
  );
}

function stored(...spans: Span[]): TraceStore {
  const store = new TraceStore();
  for (const one of spans) store.add(one);
  return store;
}

test("the trace that began last is the first, whatever the order in which spans come", () => {
  const order = (...spans: Span[]) =>
    stored(...spans)
      .traces()
      .map(({ trace_id }) => trace_id);
  const [early, child, late] = [span("t1", "a"), span("t1", "b", "a"), span("t2", "c")];
  expect(order(early, child, late)).toEqual(["t2", "t1"]);
  expect(order(late, child, early)).toEqual(["t2", "t1"]);
  expect(order(early, late, child)).toEqual(["t2", "t1"]);
});

test("spans of one trace are together, each once", () => {
  const store = stored(span("t1", "a"), span("t2", "b"), span("t1", "c", "a"), span("t1", "c", "a"));
  expect(shape(store)).toEqual({ t1: ["a", "c"], t2: ["b"] });
});

test("a child goes where its parent is, whatever its own trace", () => {
  expect(shape(stored(span("t1", "a"), span("t2", "b", "a")))).toEqual({ t1: ["a", "b"] });
});

test("a root that comes after its children gives all of them its id", () => {
  expect(shape(stored(span("t2", "b", "a"), span("t1", "a")))).toEqual({ t1: ["a", "b"] });
  const inBetween = stored(span("t3", "c", "b"), span("t1", "a"), span("t2", "b", "a"));
  expect(shape(inBetween)).toEqual({ t1: ["a", "b", "c"] });
  const beside = stored(span("t1", "x"), span("t2", "b", "a"), span("t1", "a"));
  expect(shape(beside)).toEqual({ t1: ["a", "b", "x"] });
});

test("what is kept is bounded", () => {
  const store = new TraceStore();
  for (let trace = 0; trace < 60; trace += 1) store.add(span(`t${trace}`, `s${trace}`));
  expect(store.traces()).toHaveLength(50);
  expect(store.traces().map(({ trace_id }) => trace_id)).not.toContain("t9");
  for (let count = 0; count < 600; count += 1) store.add(span("many", `m${count}`));
  expect(store.traces()[0]?.spans).toHaveLength(500);
  // What was dropped may come again.
  store.add(span("t0", "s0"));
  expect(store.traces()[0]?.trace_id).toBe("t0");
});
