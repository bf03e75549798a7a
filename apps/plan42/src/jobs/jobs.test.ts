import { expect, test } from "vitest";
import { choosePrunable } from "./choose-prunable.ts";
import { formatJobTable } from "./format-job-table.ts";
import type { JobLogFile } from "./local-jobs.ts";
import { mergeJobs, sortJobs } from "./merge-jobs.ts";

const id = (digit: number, turn = 1) =>
  `plan42-${String(digit).repeat(8)}-0000-4000-8000-000000000000-${turn}`;
const now = Date.parse("2026-11-21T12:00:00Z");
const log = (jobId: string, ageSeconds: number): JobLogFile => ({
  jobId,
  path: `/logs/${jobId}.log`,
  bytes: 10,
  createdAt: new Date(now - ageSeconds * 1000),
  changedAt: new Date(now - ageSeconds * 1000),
});
const prune = (logs: readonly JobLogFile[], rules: { olderThan?: number; keep?: number } = {}) =>
  choosePrunable(logs, { activeJobs: new Set([id(1)]), now, olderThan: 0, keep: 0, ...rules }).map(
    ({ jobId }) => jobId,
  );

test("logs of active jobs, of the last minute, of younger jobs and the newest ones stay", () => {
  const logs = [log(id(1), 9999), log(id(2), 59), log(id(3), 61), log(id(4), 7200)];
  expect(prune(logs)).toEqual([id(3), id(4)]);
  expect(prune(logs, { olderThan: 3_600_000 })).toEqual([id(4)]);
  expect(prune(logs, { keep: 2 })).toEqual([id(4)]);
});

test("a job with a log that is still active is listed once, the newest first", () => {
  const active = [
    { jobId: id(2), image: "i", step: "running", since: new Date(now) },
    { jobId: "not-a-job", image: "i", step: "running", since: new Date(now) },
  ];
  const jobs = sortJobs(mergeJobs(active, [log(id(2), 5), log(id(3), 50), log(id(1), 10)]));
  expect(jobs.map(({ jobId, step }) => [jobId, step])).toEqual([
    [id(2), "running"],
    [id(1), undefined],
    [id(3), undefined],
  ]);
});

test("columns line up by what a terminal shows, and titles cannot write to it", () => {
  const [job] = mergeJobs([{ jobId: id(1), image: "i", step: "running", since: new Date(now) }], []);
  if (job === undefined) throw new Error("there is no job");
  const lines = formatJobTable(
    [
      { ...job, title: "日本語" },
      { ...job, title: "\u001b[2Jplain\n", createdAt: undefined, step: undefined },
    ],
    (text) => text,
  );
  expect(lines[0]).toBe(`Job ID${" ".repeat(44)}Title        Turn Index     Running?     Created`);
  expect(lines[1]).toContain("-1     日本語       1              true         20");
  expect(lines[2]).toMatch(/-1 {5}\[2Jplain {5}1 {14}false$/);
});
