import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Turn } from "@plano/protocol";
import { leaveKill } from "@plano/runner-home";
import { formatJobId } from "@plano/runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openJournal } from "./journal.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const hour = 3_600_000;
const jobId = formatJobId({ taskId: "0f6b0c9e-6c0e-4b43-9d5c-2f3b8f0f3f10", turnIndex: 1 });

test("the id of a finished job is known for a day, also to the next process, and then forgotten on disk too", async () => {
  let time = Date.now();
  const now = () => time;
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

test("a job that was killed while no process ran is found so, and leaves nothing but its id", async () => {
  const first = await openJournal(folder);
  await first.write({
    jobId,
    turn: {} as Turn,
    agentToken: "t",
    secrets: [],
    image: "i",
    acceptedAt: "",
    phase: "running",
  });
  expect(leaveKill(folder, jobId)).toBe(true);
  const next = await openJournal(folder);
  expect(next.found).toMatchObject([{ jobId, stopReason: "Killed on runner by operator" }]);
  await next.finish(jobId);
  expect(readdirSync(folder)).toEqual([`${jobId}.done`]);
});
