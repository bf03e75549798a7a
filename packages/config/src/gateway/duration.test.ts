import { expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

test.each([
  ["300ms", 300],
  ["5s", 5000],
  ["1m", 60_000],
  ["1h30m", 5_400_000],
  ["0.5s", 500],
  ["45", 45_000],
  [45, 45_000],
  [0, 0],
  ["", undefined],
  ["5 s", undefined],
  ["s", undefined],
  ["-5s", undefined],
  ["5d", undefined],
])("%j is %j milliseconds", (written, milliseconds) => {
  expect(parseDuration(written)).toBe(milliseconds);
});
