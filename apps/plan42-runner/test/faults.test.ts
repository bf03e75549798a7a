import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareInvocation, type ServiceFault } from "@plano/plan42-testkit";
import { createControlClient } from "@plano/runner-home";
import type { FakeProgram } from "@plano/runtime";
import { afterEach, expect, test, vi } from "vitest";
import { agentImage, openWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
afterEach(async () => {
  await place.close();
  expect(place.service.violations).toEqual([]);
});

const ping = () => place.service.send({ Type: "PingRequest" });
const wait = { timeout: 30_000, interval: 20 };
const polls = () => place.service.requests.filter(({ line }) => /\/messages\?/.test(line));

test("the server is down at the start: the runner waits, without a flood, and comes when it is there", async () => {
  place = await openWorkplace();
  await place.service.pause();
  const starting = place.start();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const errors = place.log.filter(({ level }) => Number(level) >= 50);
  expect(errors).toHaveLength(1);
  expect(errors[0]?.msg).toMatch(/^the server: registering a queue: nothing listens there$/);
  await place.service.resume();
  await starting;
  expect(await ping()).toEqual({ Type: "PingResponse" });
});

test("the server restarts under open polls and a job", async () => {
  const go = Promise.withResolvers<void>();
  place = await openWorkplace({
    agent: async () => {
      await go.promise;
      return 3;
    },
  });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  await place.service.pause();
  // The job's end cannot be reported now.
  go.resolve();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(place.runner.status().server).not.toBe("ok");
  await place.service.resume();
  expect(await ping()).toEqual({ Type: "PingResponse" });
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe("agent exited with code 3");
  expect(record.statuses.filter((status) => status === "Failed")).toHaveLength(1);
});

test.each<[string, ServiceFault]>([
  ["429", { kind: "answer", status: 429, headers: { "Retry-After": "2" }, body: "" }],
  ["503", { kind: "answer", status: 503, headers: { "Retry-After": "2" }, body: "<html>busy</html>" }],
])("a %s with Retry-After is waited for", async (_, fault) => {
  place = await openWorkplace();
  place.service.fail("GET", /\/messages/, fault);
  await place.start();
  await vi.waitFor(() => expect(polls().length).toBeGreaterThanOrEqual(2), wait);
  const [first, second] = polls();
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1990);
  expect(await ping()).toEqual({ Type: "PingResponse" });
});

test.each<[string, ServiceFault]>([
  ["503", { kind: "answer", status: 503 }],
  ["a reset", { kind: "reset" }],
  ["a lost answer", { kind: "lose-answer" }],
])("%s at a response is survived by sending it again", async (_, fault) => {
  place = await openWorkplace();
  await place.start();
  place.service.fail("PUT", /\/response$/, fault);
  const id = place.service.queues.enqueue('{"Type":"PingRequest"}');
  expect(JSON.parse(await place.service.queues.response(id))).toEqual({ Type: "PingResponse" });
});

test("connections that are reset, in registration, polls and turns, cost nothing but time", async () => {
  const agent: FakeProgram = async () => 1;
  place = await openWorkplace({ agent });
  place.service.fail("PUT", /queues\/[^/]+$/, { kind: "reset" }, 2);
  place.service.fail("GET", /\/messages/, { kind: "reset" }, 2);
  await place.start();
  place.service.fail("PATCH", /\/turns\//, { kind: "lose-answer" });
  place.service.fail("PATCH", /\/turns\//, { kind: "reset" });
  place.service.fail("POST", /\/logs$/, { kind: "lose-answer" });
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.logs.map(({ Message }) => Message)).toEqual(["[plan42-runner] the agent ended with 1"]);
});

test("a half-open poll ends by its deadline, and the queue lives on", async () => {
  place = await openWorkplace();
  place.service.fail("GET", /\/messages/, { kind: "silence" });
  await place.start({ pollSeconds: 1 });
  expect(await ping()).toEqual({ Type: "PingResponse" });
  const [first, second] = polls();
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeLessThan(18_000);
});

test("a token that is refused is tried again after seconds, and the status says so", async () => {
  place = await openWorkplace({ toml: 'metrics_listen = "127.0.0.1:0"' });
  const runner = await place.start();
  place.service.revoke();
  await place.service.pause();
  await place.service.resume();
  await vi.waitFor(() => expect(place.runner.status().server).toBe("unauthorised"), wait);
  const ready = await fetch(`http://127.0.0.1:${runner.metricsPort}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([503, "the server refuses the runner's token\n"]);
  expect(place.log).toContainEqual(
    expect.objectContaining({
      msg: "the server refuses the runner's token",
      hint: expect.stringContaining("plan42 runner token NAME"),
    }),
  );
  const before = polls().length;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  expect(polls().length - before).toBeLessThanOrEqual(1);
});

test("a new token counts at once, also while the refused one waits for its next try", async () => {
  place = await openWorkplace();
  const { token } = place.config;
  const runner = await place.start({ pollSeconds: 1 });
  place.config = { ...place.config, token: `${token.slice(0, -4)}0000` };
  runner.reconfigured();
  await vi.waitFor(() => expect(runner.status().server).toBe("unauthorised"), wait);
  place.config = { ...place.config, token };
  runner.reconfigured();
  // A refused token is left alone for longer than that.
  await vi.waitFor(() => expect(runner.status().server).toBe("ok"), { timeout: 2_000, interval: 20 });
});

test.each<[string, ServiceFault]>([
  ["a proxy's 401", { kind: "answer", status: 401, body: "who are you?" }],
  ["a 403", { kind: "answer", status: 403, body: "" }],
])("%s at the registration is no reason to end", async (_, fault) => {
  place = await openWorkplace();
  place.service.fail("PUT", /queues\/[^/]+$/, fault);
  let isRejected = false;
  const starting = place.start();
  await vi.waitFor(() => expect(place.runner.status().server).toBe("unauthorised"), wait);
  void place.runner.rejected().then(() => {
    isRejected = true;
  });
  await starting;
  expect(await ping()).toEqual({ Type: "PingResponse" });
  expect(isRejected).toBe(false);
});

test("a queue that is gone is told from a proxy's odd 404", async () => {
  place = await openWorkplace();
  place.service.fail("GET", /\/messages/, { kind: "answer", status: 404, body: "not here" }, 2);
  await place.start();
  const [queueId] = [...place.service.queues.all.keys()];
  expect(await ping()).toEqual({ Type: "PingResponse" });
  expect([...place.service.queues.all.keys()]).toEqual([queueId]);
});

test("a bare 404 three times in a row means that the queue is gone", async () => {
  place = await openWorkplace();
  place.service.fail("GET", /\/messages/, { kind: "answer", status: 404, body: "not here" }, 3);
  await place.start();
  const [queueId] = [...place.service.queues.all.keys()];
  await vi.waitFor(() => expect(place.service.queues.all.size).toBe(2), wait);
  place.service.queues.drop(queueId ?? "");
  expect(await ping()).toEqual({ Type: "PingResponse" });
});

test("clocks that differ do not matter", async () => {
  place = await openWorkplace();
  // The server is a day ahead: its dates are in the future, and Retry-After is one of them.
  const ahead = new Date(Date.now() + 1500).toUTCString();
  place.service.fail("GET", /\/messages/, {
    kind: "answer",
    status: 503,
    headers: { "Retry-After": ahead, Date: new Date(Date.now() + 86_400_000).toUTCString() },
  });
  await place.start();
  expect(await ping()).toEqual({ Type: "PingResponse" });
});

test("a disk that is nearly full refuses jobs, answers all else, and is told", async () => {
  place = await openWorkplace({ toml: "" });
  place.config = { ...place.config, diskMinFree: 2 ** 50 };
  place.restartNeeded = ["runtime"];
  await place.start();
  const { message } = prepareInvocation(place.service, { image: agentImage });
  const folder = join(place.folder, ".local/state/plan42-runner");
  const { ErrorMessage } = await place.service.send(message);
  expect(String(ErrorMessage).replace(/[\d.]+ [KMGT]iB free/, "SIZE free")).toBe(
    `not enough free disk space on the runner: SIZE free at ${folder}, and disk_min_free is 1024.0 TiB`,
  );
  expect(await ping()).toEqual({ Type: "PingResponse" });
  const control = createControlClient(join(folder, "control.sock"));
  expect(await control.status()).toMatchObject({
    restartNeeded: ["runtime"],
    disk: { folder, freeBytes: expect.any(Number), minFreeBytes: 2 ** 50, refusesJobs: true },
  });
  place.config = { ...place.config, diskMinFree: 0 };
  expect((await control.status())?.disk).toMatchObject({ minFreeBytes: 0, refusesJobs: false });
});

test("a job's log that cannot be written does not end the job", async () => {
  place = await openWorkplace({
    agent: async ({ write }) => {
      for (let count = 0; count < 100; count += 1) write("x".repeat(1000));
      return 5;
    },
  });
  await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  mkdirSync(place.jobLog(jobId));
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toMatch(/^agent exited with code 5/);
});

test("a turn that was changed in between is reported to all the same", async () => {
  const go = Promise.withResolvers<void>();
  place = await openWorkplace({
    agent: async () => {
      await go.promise;
      return 9;
    },
  });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  place.service.turns.change(record.turn.TaskId, 1, { Status: "Pending" });
  await place.service.send(message);
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  place.service.turns.change(record.turn.TaskId, 1, { Status: "Thinking" });
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
});

test("draining ends soon after a poll on a server that does not end it", async () => {
  place = await openWorkplace({ service: { endsPollsOnDrain: false } });
  const runner = await place.start({ pollSeconds: 2 });
  expect(await ping()).toEqual({ Type: "PingResponse" });
  const start = performance.now();
  expect(await runner.shutdown(new AbortController().signal)).toBe("clean");
  expect(performance.now() - start).toBeLessThan(7000);
  expect(place.service.queues.all.size).toBe(0);
});

test.each<[string, (service: Workplace["service"]) => unknown]>([
  ["is away", (service) => service.pause()],
  [
    "says nothing",
    (service) => {
      for (const method of ["GET", "PATCH", "DELETE"])
        service.fail(method, /queues/, { kind: "silence" }, 999);
    },
  ],
  ["refuses the token", (service) => service.revoke()],
])(
  "an idle runner stops within seconds when the server %s",
  async (_, breakService) => {
    place = await openWorkplace();
    const runner = await place.start({ pollSeconds: 1 });
    expect(await ping()).toEqual({ Type: "PingResponse" });
    await breakService(place.service);
    const start = performance.now();
    expect(await runner.shutdown(new AbortController().signal)).toBe("clean");
    expect(performance.now() - start).toBeLessThan(10_000);
  },
  40_000,
);

test("metrics, health and readiness are served when they are wanted", async () => {
  place = await openWorkplace({ toml: 'metrics_listen = "127.0.0.1:0"' });
  const runner = await place.start();
  await ping();
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${runner.metricsPort}${path}`);
    return { status: response.status, text: await response.text() };
  };
  expect(await get("/healthz")).toEqual({ status: 200, text: "ok\n" });
  expect(await get("/readyz")).toEqual({ status: 200, text: "ready\n" });
  const metrics = await get("/metrics");
  expect(metrics.text).toMatch(/^plan42_runner_messages_total 1$/m);
  expect(metrics.text).toMatch(/^plan42_runner_queues 1$/m);
  expect(metrics.text).toMatch(/^cicd_pipeline_run_active\{cicd_pipeline_run_state="executing"\} 0$/m);
  expect(metrics.text).toMatch(/^cicd_worker_count\{cicd_worker_state="available"\} [1-9]\d*$/m);
  place.runtime.breakDown();
  expect(await get("/readyz")).toEqual({ status: 503, text: "the container runtime does not answer\n" });
  place.runtime.recover();
});
