import { expect, test } from "vitest";
import type { JobOutcome, JobResult } from "../jobs/job-outcome.ts";
import { countOutcome, createMeasures, renderMetrics } from "./measures.ts";

const acceptedAt = new Date("2026-11-21T12:00:00Z");
const outcome = (result: JobResult, seconds: number): JobOutcome => ({
  jobId: "j",
  taskId: "t",
  turnIndex: 1,
  image: "i",
  acceptedAt,
  startedAt: acceptedAt,
  endedAt: new Date(acceptedAt.getTime() + seconds * 1000),
  result,
  failure: undefined,
});

test("jobs are counted by how they ended and how long they took", () => {
  const measures = createMeasures();
  for (const seconds of [0.5, 10, 100_000]) countOutcome(measures, outcome("success", seconds));
  countOutcome(measures, outcome("timeout", 3600));
  const gauges = {
    queues: 1,
    jobsRunning: 1,
    jobsWaiting: 2,
    jobsMaximum: 4,
    handlers: 0,
    secondsSincePoll: 1,
  };
  const text = renderMetrics(measures, gauges);
  const value = (name: string, ...labels: string[]) =>
    text.split("\n").find((line) => line.startsWith(name) && labels.every((label) => line.includes(label)));
  const duration = "cicd_pipeline_run_duration_seconds";
  expect(value(`${duration}_bucket`, 'result="success"', 'le="1"')).toMatch(/ 1$/);
  expect(value(`${duration}_bucket`, 'result="success"', 'le="15"')).toMatch(/ 2$/);
  expect(value(`${duration}_bucket`, 'result="success"', 'le="14400"')).toMatch(/ 2$/);
  expect(value(`${duration}_bucket`, 'result="success"', 'le="+Inf"')).toMatch(/ 3$/);
  expect(value(`${duration}_sum`, 'result="success"')).toMatch(/ 100010.5$/);
  expect(value(`${duration}_bucket`, 'result="timeout"', 'le="3600"')).toMatch(/ 1$/);
  expect(value("cicd_pipeline_run_active", "pending")).toMatch(/ 2$/);
  expect(value("cicd_worker_count", "available")).toMatch(/ 3$/);
  // Each family is described once, and every sample belongs to one.
  const families = text.match(/^# TYPE \S+/gm) ?? [];
  expect(new Set(families).size).toBe(families.length);
});
