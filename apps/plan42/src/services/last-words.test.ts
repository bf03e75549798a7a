import { expect, test } from "vitest";
import { lastWords, logEnd } from "./last-words.ts";

test("a log that ends with an error tells it with its hint, another its last line", () => {
  const error = ["ERROR: runner.url: none", "ERROR: runner.token: none", "  In runner.toml."];
  expect(lastWords(["started", "ERROR: old", "started", ...error])).toEqual(error);
  expect(lastWords(["started", "stopped"])).toEqual(["stopped"]);
  expect(lastWords([])).toEqual([]);
  expect(logEnd("/nowhere/log.txt")).toEqual([]);
});
