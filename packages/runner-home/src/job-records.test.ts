import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { leaveKill, listRecordedJobs } from "./job-records.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "records-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = {
  image: "org/agent:1",
  acceptedAt: "2026-11-22T12:00:00.000Z",
  phase: "running",
  runtime: "docker",
};

test("jobs that a daemon has not finished with are read, and none where it has never run", () => {
  writeFileSync(join(folder, "job-1.json"), JSON.stringify(record));
  writeFileSync(join(folder, "job-2.json"), JSON.stringify(record));
  writeFileSync(join(folder, "job-2.done"), "");
  writeFileSync(join(folder, "job-3.json"), "{");
  writeFileSync(join(folder, "job-4.json.new"), JSON.stringify(record));
  expect(listRecordedJobs(folder)).toEqual([
    { jobId: "job-1", ...record, acceptedAt: new Date(record.acceptedAt) },
  ]);
  expect(listRecordedJobs(join(folder, "none"))).toEqual([]);
});

test("word of a kill is left beside a job's record only", () => {
  writeFileSync(join(folder, "job-1.json"), JSON.stringify(record));
  expect(leaveKill(folder, "job-1")).toBe(true);
  expect(leaveKill(folder, "job-2")).toBe(false);
  expect(readdirSync(folder)).toEqual(["job-1.json", "job-1.killed"]);
});
