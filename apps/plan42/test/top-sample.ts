import type { TopSample } from "../src/top/sample.ts";

const at = Date.parse("2026-11-21T12:00:00Z");
const before = (seconds: number) => new Date(at - seconds * 1000).toISOString();

export const jobIds = [
  "plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1",
  "plan42-2f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-12",
  "plan42-3f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-2",
] as const;

/** A runner whose token is refused, that refuses jobs, and whose configuration has changed. */
export const hindered: Pick<TopSample["status"], "server" | "restartNeeded" | "disk"> = {
  server: "unauthorised",
  restartNeeded: ["runtime", "http_proxy"],
  disk: { folder: "/state", freeBytes: 2 ** 29, minFreeBytes: 2 ** 30, refusesJobs: true },
};

/** A runner with these jobs, of which the first writes and the others wait. */
export function sampleOf(ids: readonly string[]): TopSample {
  const jobs = ids.map((jobId, index) => ({
    jobId,
    image: "org/agent:1",
    step: index === 0 ? "running" : "waiting",
    acceptedAt: before(200 + index),
    startedAt: index === 0 ? before(192) : null,
  }));
  return {
    at,
    status: {
      version: "1.2.3",
      pid: 4711,
      startedAt: before(11_100),
      tenantId: "tenant",
      runnerId: "runner",
      url: "https://plan42.example",
      runtime: "docker",
      draining: false,
      server: "ok",
      queues: [
        {
          queueId: "0a1b2c3d-7b52-4f0e-9d43-2f1d6d3f8a90",
          phase: "polling",
          lastPollAt: before(12),
          lastPollMilliseconds: 30_012,
          lastPollMessages: 1,
        },
        {
          queueId: "1a1b2c3d-7b52-4f0e-9d43-2f1d6d3f8a90",
          phase: "registering",
          lastPollAt: null,
          lastPollMilliseconds: null,
          lastPollMessages: null,
        },
      ],
      jobs,
      capacity: { running: Math.min(1, ids.length), waiting: Math.max(0, ids.length - 1), maximum: 4 },
      restartNeeded: [],
      disk: { folder: "/state", freeBytes: 2 ** 33, minFreeBytes: 2 ** 30, refusesJobs: false },
    },
    jobs: jobs.map((job, index) => ({
      ...job,
      processors: index === 0 ? 0.254 : null,
      memoryBytes: index === 0 ? 35_900_000 : null,
      lastLine: index === 0 ? "Reading the repository's files, one by one, until all are read" : null,
    })),
  };
}
