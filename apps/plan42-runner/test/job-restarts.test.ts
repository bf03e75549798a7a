import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { prepareInvocation } from "@plano/plan42-testkit";
import { leaveKill, runnerFolders } from "@plano/runner-home";
import { createFakeRuntime } from "@plano/runtime";
import { expect, test, vi } from "vitest";
import {
  closePlaceAfterEach,
  completing,
  ended,
  endless,
  nothingLeft,
  openPlace,
  place,
  wait,
} from "./job-place.ts";
import { agentImage } from "./workplace.ts";

closePlaceAfterEach();

test("SIGTERM in the middle of a job waits for it, refuses others, and ends clean", async () => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async () => {
    await go.promise;
    return 0;
  });
  await openPlace({ agent, service: { endsPollsOnDrain: true } });
  const runner = await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(runner.status().jobs[0]?.step).toBe("running"), wait);
  const end = runner.shutdown(new AbortController().signal);
  await vi.waitFor(() => expect(place.service.queues.all.size).toBe(0), wait);
  expect(record.turn.Status).not.toSatisfy(ended);
  go.resolve();
  expect(await end).toBe("clean");
  expect(record.turn.Status).toBe("Completed");
});

test.each<[string, { readonly failure?: string; readonly log: readonly string[] }]>([
  [
    agentImage,
    { failure: "agent exited with code 5", log: ["one", "[plan42-runner] the agent ended with 5"] },
  ],
  ["org/none:1", { log: [] }],
])(
  "a job of %s that ends while the server is away is reported by the next start",
  async (image, end) => {
    const go = Promise.withResolvers<void>();
    await openPlace({
      agent: async ({ write }) => {
        write("one\n");
        await go.promise;
        return 5;
      },
    });
    const first = await place.start();
    const { record, message } = prepareInvocation(place.service, { image });
    await place.service.send(message);
    if (image === agentImage) {
      await vi.waitFor(() => expect(first.status().jobs[0]?.step).toBe("running"), wait);
    }
    await place.service.pause();
    const stopping = first.shutdown(new AbortController().signal);
    const start = performance.now();
    go.resolve();
    expect(await stopping).toBe("clean");
    expect(performance.now() - start).toBeLessThan(12_000);
    expect(record.turn.Status).not.toSatisfy(ended);

    await place.service.resume();
    await place.start();
    await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
    expect(record.turn.ErrorMessage).toContain(end.failure ?? "could not be started");
    expect(record.logs.map(({ Message }) => Message)).toEqual(end.log);
    await nothingLeft();
  },
  30_000,
);

test("a second signal leaves the job to the next start, which goes on with it", async () => {
  const go = Promise.withResolvers<void>();
  let runs = 0;
  const agent = completing(async ({ write }) => {
    runs += 1;
    write("before\n");
    await go.promise;
    write("after\n");
    return 0;
  });
  await openPlace({ agent });
  const first = await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(
    () =>
      expect(existsSync(place.jobLog(jobId)) && readFileSync(place.jobLog(jobId), "utf8")).toBe("before\n"),
    wait,
  );
  const force = new AbortController();
  const end = first.shutdown(force.signal);
  setTimeout(() => force.abort(), 300);
  expect(await end).toBe("forced");
  expect(place.service.queues.all.size).toBe(0);
  expect(record.turn.Status).not.toSatisfy(ended);

  await place.start();
  await vi.waitFor(
    () => expect(place.runner.status().jobs).toMatchObject([{ jobId, step: "running" }]),
    wait,
  );
  expect((await place.service.send(message)).ErrorMessage).toBe("job already running");
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await nothingLeft();
  expect(runs).toBe(1);
  expect(readFileSync(place.jobLog(jobId), "utf8")).toBe(
    "before\nafter\n[plan42-runner] the agent ended with 0\n",
  );
});

test("a job whose turn was ended while no runner was there is stopped by the next one", async () => {
  let isStopped = false;
  await openPlace({
    agent: async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      isStopped = true;
      return 143;
    },
  });
  const first = await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(first.status().jobs[0]?.step).toBe("running"), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");
  place.service.turns.change(record.turn.TaskId, 1, { Status: "Failed", ErrorMessage: "cancelled by user" });
  await place.start({ watchMilliseconds: 200 });
  await vi.waitFor(() => expect(isStopped).toBe(true), wait);
  await nothingLeft();
  expect(record.turn.ErrorMessage).toBe("cancelled by user");
});

test("a turn hears of the operator who killed its job while no runner was there", async () => {
  await openPlace({ agent: endless });
  const first = await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(first.status().jobs[0]?.step).toBe("running"), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");
  expect(leaveKill(join(place.folder, ".local/state/plan42-runner/journal"), jobId)).toBe(true);
  await place.runtime.kill(jobId);
  await place.start();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe("Killed on runner by operator");
  await nothingLeft();
});

test("a job goes on in the runtime that it was begun in, also when the configuration names another", async () => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async () => {
    await go.promise;
    return 0;
  });
  await openPlace({ agent });
  const first = await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(first.status().jobs[0]?.step).toBe("running"), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");

  const other = { ...createFakeRuntime({ images: { [agentImage]: agent } }), name: "other" };
  const named: string[] = [];
  const runtimeNamed = (name: string) => {
    named.push(name);
    return place.runtime;
  };
  await place.start({ runtime: other, runtimeNamed });
  const next = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(next.message);
  const steps = () => place.runner.status().jobs.map(({ step }) => step);
  await vi.waitFor(() => expect(steps()).toEqual(["running", "running"]), wait);
  expect((await other.list("ai.plan42.job", jobId)).length).toBe(0);
  go.resolve();
  await vi.waitFor(() => {
    expect([record, next.record].map(({ turn }) => turn.Status)).toEqual(["Completed", "Completed"]);
  }, wait);
  await nothingLeft();
  expect(named).toEqual(["fake"]);
});

test("a job that was taken but had not begun when its daemon was killed is begun by the next one", async () => {
  let runs = 0;
  const agent = completing(async () => {
    runs += 1;
    return 0;
  });
  await openPlace({ agent });
  await place.start({ runtime: { ...place.runtime, pull: () => new Promise(() => {}) } });
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toMatch(/^Pulling/), wait);
  // The next daemon finds on the disk what a killed one would have left.
  const next = runnerFolders({ HOME: join(place.folder, "next") }, "linux");
  cpSync(join(place.folder, ".local/state/plan42-runner"), next.state, {
    recursive: true,
    filter: (path) => !basename(path).startsWith("control"),
  });
  await place.start({ folders: next });
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  expect(runs).toBe(1);
  expect(record.statuses).not.toContain("Failed");
  await vi.waitFor(() => expect(readdirSync(next.journal)).toEqual([`${jobId}.done`]), wait);
});

test("a second daemon with folders of its own leaves the first one's job alone", async () => {
  const go = Promise.withResolvers<void>();
  let runs = 0;
  const agent = completing(async () => {
    runs += 1;
    await go.promise;
    return 0;
  });
  await openPlace({ agent });
  const first = await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(first.status().jobs[0]?.step).toBe("running"), wait);

  const other = runnerFolders({ HOME: join(place.folder, "other") }, "linux");
  const second = await place.start({ folders: other });
  await vi.waitFor(() => {
    expect(place.log).toContainEqual(
      expect.objectContaining({ msg: expect.stringMatching(/^left alone/), jobID: jobId }),
    );
  }, wait);
  // Nor does the same message, should it come to the second one, begin the job again or spoil its turn.
  for (const { queueId } of first.status().queues) place.service.queues.drop(queueId);
  const [queue] = second.status().queues;
  const again = place.service.queues.enqueue(JSON.stringify(message), { queueId: queue?.queueId ?? "" });
  await place.service.queues.response(again);
  await vi.waitFor(() => expect(second.status().jobs).toEqual([]), wait);
  expect(record.turn.Status).not.toSatisfy(ended);
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  expect(runs).toBe(1);
});
