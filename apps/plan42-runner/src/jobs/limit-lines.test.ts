import { expect, test } from "vitest";
import { limitLines } from "./limit-lines.ts";

test("lines pass up to the limit; one notice stands for the rest", () => {
  const lines: string[] = [];
  const add = limitLines(10, (line) => lines.push(line));
  for (const line of ["four", "müll", "x", "", "y"]) add(line);
  expect(lines).toEqual(["four", expect.stringContaining("no more than 10 bytes")]);
  const exact: string[] = [];
  const addExactly = limitLines(10, (line) => exact.push(line));
  for (const line of ["four", "mull"]) addExactly(line);
  expect(exact).toEqual(["four", "mull"]);
});
