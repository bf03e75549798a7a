import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { tracesUrl } from "../environment.ts";
import type { JobOutcome } from "../jobs/job-outcome.ts";
import { createJobTraces } from "./job-traces.ts";

const outcome: JobOutcome = {
  jobId: "plan42-0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10-1",
  taskId: "0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10",
  turnIndex: 1,
  image: "org/agent:1",
  acceptedAt: new Date("2026-11-21T12:00:00.000Z"),
  startedAt: new Date("2026-11-21T12:00:01.500Z"),
  endedAt: new Date("2026-11-21T12:05:00.250Z"),
  result: "failure",
  failure: "agent exited with code 7\nthe end of its log",
};

test("a job is one span, from its message to the end of its container", async () => {
  const bodies: string[] = [];
  const collector = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      bodies.push(`${request.method} ${request.url} ${body}`);
      response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  const traces = createJobTraces({
    url: `http://127.0.0.1:${port}/v1/traces`,
    version: "1.2.3",
    runnerId: "r",
    onError: (error) => expect.unreachable(String(error)),
  });
  traces.add(outcome);
  await traces.close();
  collector.close();
  expect(bodies).toHaveLength(1);
  const [, path, json] = /^POST (\S+) (.*)$/.exec(bodies[0] ?? "") ?? [];
  expect(path).toBe("/v1/traces");
  const [group] = JSON.parse(json ?? "").resourceSpans;
  const attributes = (list: { key: string; value: Record<string, unknown> }[]) =>
    Object.fromEntries(list.map(({ key, value }) => [key, Object.values(value)[0]]));
  expect(attributes(group.resource.attributes)).toMatchObject({
    "service.name": "plan42-runner",
    "service.version": "1.2.3",
  });
  const [span] = group.scopeSpans[0].spans;
  expect(span).toMatchObject({
    name: "RUN job",
    startTimeUnixNano: "1795262400000000000",
    endTimeUnixNano: "1795262700250000000",
    events: [{ name: "container started", timeUnixNano: "1795262401500000000" }],
    status: { code: 2, message: "agent exited with code 7" },
  });
  expect(attributes(span.attributes)).toEqual({
    "cicd.pipeline.action.name": "RUN",
    "cicd.pipeline.result": "failure",
    "cicd.pipeline.run.id": outcome.jobId,
    "container.image.name": "org/agent:1",
    "error.type": "failure",
    "plan42.task.id": outcome.taskId,
    "plan42.turn.index": 1,
  });
});

test("a collector that is away keeps nobody waiting, and that is told", async () => {
  const errors: unknown[] = [];
  const traces = createJobTraces({
    url: "http://127.0.0.1:1/v1/traces",
    version: "1",
    runnerId: "r",
    onError: (error) => errors.push(error),
  });
  traces.add(outcome);
  const began = performance.now();
  await traces.close();
  expect(performance.now() - began).toBeLessThan(10_000);
  expect(errors).toHaveLength(1);
});

test.each([
  ["", {}, undefined],
  ["http://c:4318", {}, "http://c:4318/v1/traces"],
  ["http://c:4318/v1/traces", {}, "http://c:4318/v1/traces"],
  ["", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://e:4318/" }, "http://e:4318/v1/traces"],
  [
    "",
    { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://e/x", OTEL_EXPORTER_OTLP_ENDPOINT: "http://e" },
    "http://e/x",
  ],
])("the endpoint %j with %j is %s", (configured, environment, url) => {
  expect(tracesUrl(configured, environment)).toBe(url);
});
