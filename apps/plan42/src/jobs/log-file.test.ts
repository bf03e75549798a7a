import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { followFile, readEnd } from "./log-file.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan42-log-"));
  path = join(folder, "job.log");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (lines?: number) => [...readEnd(path, lines)].join("");

test("the last lines are found, also beyond a piece and without a newline at the end", () => {
  const lines = Array.from({ length: 20_000 }, (_, index) => `${index} ünïcode ✓`);
  writeFileSync(path, `${lines.join("\n")}\n`);
  expect(read()).toBe(`${lines.join("\n")}\n`);
  expect(read(1)).toBe("19999 ünïcode ✓\n");
  expect(read(15_000)).toBe(`${lines.slice(5_000).join("\n")}\n`);
  expect(read(99_999)).toBe(read());
  expect(read(0)).toBe("");
  writeFileSync(path, "a\nb");
  expect(read(1)).toBe("b");
});

test("a log is followed from before it is there, and when it is begun anew or replaced", async () => {
  const stop = new AbortController();
  let text = "";
  const following = followFile(path, {
    lines: undefined,
    signal: stop.signal,
    onText: (part) => {
      text += part;
    },
  });
  const until = (expected: string) => vi.waitFor(() => expect(text).toBe(expected), { timeout: 5_000 });
  writeFileSync(path, "one\n");
  await until("one\n");
  appendFileSync(path, "two\n");
  await until("one\ntwo\n");
  writeFileSync(path, "3\n");
  await until("one\ntwo\n3\n");
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, "late\n");
  writeFileSync(path, "four\n");
  await until("one\ntwo\n3\nlate\nfour\n");
  stop.abort(new Error("enough"));
  await expect(following).rejects.toThrow("enough");
});
