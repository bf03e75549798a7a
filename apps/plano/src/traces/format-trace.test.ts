import { createStyle } from "@plano/terminal";
import { expect, test } from "vitest";
import { formatTrace, summarize } from "./format-trace.ts";
import type { Span, Trace } from "./span.ts";

const options = { style: createStyle(false), verbose: false };
const began = 1_795_346_992_000;

function span(
  spanId: string,
  parentSpanId: string,
  at: number,
  took: number,
  rest: Partial<Span> = {},
): Span {
  return {
    traceId: "4f2c9a10".repeat(4),
    spanId,
    parentSpanId,
    name: spanId,
    startTimeUnixNano: `${began + at}000000`,
    endTimeUnixNano: `${began + at + took}000000`,
    service: "plano(llm)",
    attributes: [],
    ...rest,
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const trace: Trace = {
  trace_id: "4f2c9a10".repeat(4),
  spans: [
    span("llm", "in", 2, 1200, {
      name: "POST /v1/messages claude",
      attributes: [
        text("llm.provider", "anthropic"),
        text("error.message", "over\u001b[2Jloaded"),
        { key: "http.status_code", value: { intValue: "529" } },
        text("llm.model", "claude"),
      ],
    }),
    span("in", "", 0, 1210, {
      name: "POST /v1/chat/completions",
      service: "plano(inbound)",
      attributes: [text("user_agent", "curl"), { key: "http.status_code", value: { intValue: "502" } }],
    }),
  ],
};

test("spans stand below the one that called them, what matters first", () => {
  expect(formatTrace(trace, options).join("\n")).toMatchInlineSnapshot(`
    "Trace: 4f2c9a104f2c9a104f2c9a104f2c9a10 (1210ms total)
      502 Bad Gateway: over [2Jloaded
      +0.0ms plano(inbound) POST /v1/chat/completions 1210ms
          http.status_code 502 Bad Gateway
        +2.0ms plano(llm) POST /v1/messages claude 1200ms
            http.status_code 529
            error.message over [2Jloaded
            llm.model claude
            llm.provider anthropic"
  `);
  expect(formatTrace(trace, { ...options, verbose: true }).join("\n")).toContain("user_agent curl");
});

test("spans that are each other's parents are shown, too", () => {
  const round = { trace_id: "x", spans: [span("a", "b", 0, 1), span("b", "a", 1, 1), span("c", "c", 2, 1)] };
  const lines = formatTrace(round, options).join("\n");
  for (const name of ["a", "b", "c"]) expect(lines).toMatch(new RegExp(`plano\\(llm\\) ${name} `));
});

test("a list names the beginning of the id and what was asked", () => {
  const [id, took, , name] = summarize(trace);
  expect([id, took, name]).toEqual(["4f2c9a10", "1210ms", "POST /v1/chat/completions"]);
});
