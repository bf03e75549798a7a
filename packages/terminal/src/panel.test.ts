import { expect, test } from "vitest";
import { createStyle, formatPanel } from "./index.ts";

test("a box is as wide as its widest line, whatever its colours", () => {
  const { bold } = createStyle(true);
  expect(formatPanel("Title", ["a longer line", ""])).toEqual([
    "╭─ Title ───────╮",
    "│ a longer line │",
    "│               │",
    "╰───────────────╯",
  ]);
  expect(formatPanel(bold("A long title"), ["x"])[1]).toBe("│ x              │");
});
