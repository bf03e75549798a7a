import { expect, test } from "vitest";
import { formatJobId, parseJobId } from "./job-id.ts";

const taskId = "0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10";

test("a job id is read and written", () => {
  expect(formatJobId({ taskId, turnIndex: 12 })).toBe(`plan42-${taskId}-12`);
  expect(parseJobId(`plan42-${taskId}-12`)).toEqual({ taskId, turnIndex: 12 });
});

test.each([
  "plan42-x--1",
  "plan42-../x-1",
  `plan42-${taskId}-0`,
  `plan42-${taskId}-01`,
  `plan42-${taskId.toUpperCase()}-1`,
  `plan42-{${taskId}}-1`,
  `plan42-${taskId}-1\n`,
  `/plan42-${taskId}-1`,
])("%s is none", (text) => {
  expect(parseJobId(text)).toBeUndefined();
});
