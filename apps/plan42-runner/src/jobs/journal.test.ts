import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatJobId } from "@plano/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "./journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hour = 3_600_000;

test("the id of a finished job is known for a day, also to the next process, and then forgotten on disk too", async () => {
  let time = Date.now();
  const now = () => time;
  const jobId = formatJobId({ taskId: "0f6b0c9e-6c0e-4b43-9d5c-2f3b8f0f3f10", turnIndex: 1 });
  const journal = await openJournal(folder, now);
  await journal.finish(jobId);
  time += 23 * hour;
  expect(await journal.forgetOld()).toBe(0);
  expect(journal.isFinished(jobId)).toBe(true);
  expect((await openJournal(folder, now)).isFinished(jobId)).toBe(true);
  time += 2 * hour;
  expect(await journal.forgetOld()).toBe(1);
  expect(journal.isFinished(jobId)).toBe(false);
  expect(readdirSync(folder)).toEqual([]);
});
