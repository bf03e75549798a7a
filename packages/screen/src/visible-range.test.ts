import { expect, test } from "vitest";
import { moreText, visibleRange } from "./visible-range.ts";

test("what matters is in sight, and no cell is wasted", () => {
  expect(visibleRange(5, 10, [4])).toEqual({ start: 0, end: 5 });
  expect(visibleRange(20, 5, [0])).toEqual({ start: 0, end: 5 });
  expect(visibleRange(20, 5, [10])).toEqual({ start: 8, end: 13 });
  expect(visibleRange(20, 5, [19])).toEqual({ start: 15, end: 20 });
  expect(visibleRange(20, 5, [3, 4, 5, 6, 7, 8, 9])).toEqual({ start: 3, end: 8 });
  expect(visibleRange(20, 0, [3])).toEqual({ start: 3, end: 4 });
});

test("what is out of sight is counted", () => {
  expect(moreText(0, 0)).toBe("");
  expect(moreText(3, 0)).toBe("↑ 3 more");
  expect(moreText(3, 2)).toBe("↑ 3 more  ↓ 2 more");
});
