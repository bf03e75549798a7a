import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { removeOldLogs } from "./retention.ts";

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
  expect(await removeOldLogs(folder, 0, now)).toBe(0);
  expect(await removeOldLogs(folder, 30, now)).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(["notes.txt", log(2)]);
  rmSync(folder, { recursive: true });
});
