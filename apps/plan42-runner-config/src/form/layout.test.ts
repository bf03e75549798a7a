import { expect, test } from "vitest";
import { visibleRange } from "./visible-range.ts";
import { wrapText } from "./wrap-text.ts";

test("what matters is in sight, and no cell is wasted", () => {
  expect(visibleRange(5, 10, [4])).toEqual({ start: 0, end: 5 });
  expect(visibleRange(20, 5, [0])).toEqual({ start: 0, end: 5 });
  expect(visibleRange(20, 5, [10])).toEqual({ start: 8, end: 13 });
  expect(visibleRange(20, 5, [19])).toEqual({ start: 15, end: 20 });
  expect(visibleRange(20, 5, [3, 4, 5, 6, 7, 8, 9])).toEqual({ start: 3, end: 8 });
  expect(visibleRange(20, 0, [3])).toEqual({ start: 3, end: 4 });
});

test("a text is broken at spaces, and within long words", () => {
  expect(wrapText("one two  three", 7)).toEqual(["one two", "three"]);
  expect(wrapText("a https://long.example b", 8)).toEqual(["a", "https://", "long.exa", "mple b"]);
  expect(wrapText("", 8)).toEqual([]);
  expect(wrapText("日本語", 4)).toEqual(["日本", "語"]);
});
