import { expect, test } from "vitest";
import { withLines } from "./with-lines.ts";

test("a problem gets its key's line however that is written, and none where it is not", () => {
  const text = '# top\n[runner]\nMax_Jobs = 0\nlabels = { a = 1 }\n[github."a b"]\nurl = 1\n';
  const linesIn = (written: string, ...paths: readonly string[]) =>
    withLines(
      paths.map((path) => ({ path, message: "it is wrong" })),
      written,
    ).map(({ line }) => line);
  expect(linesIn(text, "runner.max_jobs", "runner.labels.a", "github.a b", "github.a b.url")).toEqual([
    3, 4, 5, 6,
  ]);
  expect(linesIn(text, "runner.token", "")).toEqual([undefined, undefined]);
  expect(linesIn("[runner", "runner")).toEqual([undefined]);
});
