import { expect, test } from "vitest";
import { lineOf } from "./line-of.ts";

test("a key's line is found however it is written, and none where it is not", () => {
  const text = '# top\n[runner]\nMax_Jobs = 0\nlabels = { a = 1 }\n[github."a b"]\nurl = 1\n';
  expect(lineOf(text, "runner.max_jobs")).toBe(3);
  expect(lineOf(text, "runner.labels.a")).toBe(4);
  expect(lineOf(text, "github.a b")).toBe(5);
  expect(lineOf(text, "github.a b.url")).toBe(6);
  expect(lineOf(text, "runner.token")).toBeUndefined();
  expect(lineOf("[runner", "runner.token")).toBeUndefined();
});
