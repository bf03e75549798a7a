import { expect, test } from "vitest";
import { fitEntries } from "./log-size.ts";

const entry = (Message: string) => ({ Timestamp: "t", Message });
const limits = { entries: 4, bytes: 10 };
const notice = entry("[the log ends here: a turn may have 4 lines or 10 bytes]");

test("what fits is kept as it is, and counted in bytes", () => {
  const entries = [entry("é"), entry("b")];
  expect(fitEntries(entries, { entries: 1, bytes: 4 }, limits)).toEqual({ entries, bytes: 7 });
});

test("where lines or bytes run out, a notice stands for the rest, once", () => {
  const four = ["a", "b", "c", "d"].map(entry);
  expect(fitEntries(four, { entries: 0, bytes: 0 }, limits)).toEqual({
    entries: [...four.slice(0, 3), notice],
    bytes: 10,
  });
  const long = [entry("abc"), entry("0123456")];
  expect(fitEntries(long, { entries: 0, bytes: 0 }, limits)).toEqual({
    entries: [entry("abc"), notice],
    bytes: 10,
  });
  expect(fitEntries(four, { entries: 2, bytes: 10 }, limits)).toBeUndefined();
  expect(fitEntries(four, { entries: 4, bytes: 3 }, limits)).toBeUndefined();
});
