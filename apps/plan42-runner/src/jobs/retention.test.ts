import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listUsedImages, noteUsedImage } from "@plano/runner-home";
import { createFakeRuntime } from "@plano/runtime";
import { expect, test } from "vitest";
import { removeOldImages, removeOldLogs } from "./retention.ts";

test("logs of jobs that are too old are removed, and nothing else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const now = Date.parse("2026-11-21T12:00:00Z");
  const log = (id: number, ending = ".log") => `plan42-0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10-${id}${ending}`;
  const write = (name: string, days: number) => {
    writeFileSync(join(folder, name), "");
    const time = new Date(now - days * 86_400_000);
    utimesSync(join(folder, name), time, time);
  };
  write(log(1), 31);
  write(log(2), 29);
  write(log(3, ""), 40);
  write("notes.txt", 400);
  const none = new Set<string>();
  expect(await removeOldLogs(folder, { days: 0, bytes: 0 }, none, now)).toBe(0);
  expect(await removeOldLogs(folder, { days: 30, bytes: 0 }, none, now)).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(["notes.txt", log(2)]);
  rmSync(folder, { recursive: true });
});

test("of logs that take too much the oldest go, but not those of jobs that run", async () => {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const now = Date.parse("2026-11-21T12:00:00Z");
  const id = (number: number) => `plan42-0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10-${number}`;
  for (const number of [1, 2, 3, 4]) {
    const path = join(folder, `${id(number)}.log`);
    writeFileSync(path, "x".repeat(100));
    const time = new Date(now - number * 1000);
    utimesSync(path, time, time);
  }
  expect(await removeOldLogs(folder, { days: 30, bytes: 250 }, new Set([id(4)]), now)).toBe(1);
  expect(readdirSync(folder).sort()).toEqual([1, 2, 4].map((number) => `${id(number)}.log`));
  rmSync(folder, { recursive: true });
});

test("of images that take too much those go that no job has used for long", async () => {
  const folder = mkdtempSync(join(tmpdir(), "p42-"));
  const names = ["org/a:1", "org/b:1", "org/c:1", "org/d:1"];
  const runtime = createFakeRuntime({
    images: Object.fromEntries(names.map((name) => [name, async () => 0])),
  });
  for (const [index, name] of names.entries()) {
    await noteUsedImage(folder, name);
    const time = new Date(Date.now() - index * 60_000);
    utimesSync(join(folder, encodeURIComponent(name)), time, time);
  }
  // Each takes 100 bytes.
  expect(await removeOldImages(runtime, folder, 0, new Set())).toEqual([]);
  expect(await removeOldImages(runtime, folder, 250, new Set(["org/d:1"]))).toEqual(["org/c:1"]);
  expect((await listUsedImages(folder)).map(({ reference }) => reference).sort()).toEqual([
    "org/a:1",
    "org/b:1",
    "org/d:1",
  ]);
  expect(await runtime.image("org/c:1")).toBeUndefined();
  expect(await runtime.image("org/d:1")).toBeDefined();
  rmSync(folder, { recursive: true });
});
