import { join } from "node:path";
import { prepareInvocation } from "@plano/plan42-testkit";
import { createControlClient, listUsedImages, runnerFolders } from "@plano/runner-home";
import { type FakeProgram, RuntimeError } from "@plano/runtime";
import { expect, test, vi } from "vitest";
import {
  closePlaceAfterEach,
  completing,
  endless,
  nothingLeft,
  openPlace,
  place,
  wait,
} from "./job-place.ts";
import { agentImage } from "./workplace.ts";

closePlaceAfterEach();

const images = () => join(place.folder, ".local/state/plan42-runner/images");

test.each<[string, object, string]>([
  ["no task id", { Turn: { TaskId: "../x" } }, "invalid task ID: invalid UUID length: 4"],
  [
    "a task id in capitals",
    { Turn: { TaskId: "0B9F6D3E-4A56-4F0E-9B61-3D7A5C2E8F10" } },
    "invalid task ID: invalid UUID format",
  ],
  ["turn 0", { Turn: { TurnIndex: 0 } }, "invalid turn index: 0"],
  [
    "a bad image",
    { Environment: { DockerImage: "foo bar" } },
    "invalid Docker image: invalid repository: 'foo bar'",
  ],
  [
    "an option for an image",
    { Environment: { DockerImage: "--privileged" } },
    "invalid Docker image: invalid repository: '--privileged'",
  ],
  [
    "a host that is none",
    { Environment: { AllowedHosts: ["example.com", "https://x"] } },
    "invalid allowed host: 'https://x' is no host: a name and perhaps a port, without a scheme or path",
  ],
  [
    "an image that is not on the list",
    { Environment: { DockerImage: "evil/agent:1" } },
    "image not allowed: evil/agent:1 matches none of the runner's allowed_images",
  ],
])("a request with %s is refused", async (_, change, reason) => {
  await openPlace({ toml: 'allowed_images = ["org/*"]' });
  await place.start();
  const { message } = prepareInvocation(place.service, { image: agentImage });
  for (const [key, fields] of Object.entries(change)) {
    message[key] = { ...(message[key] as object), ...fields };
  }
  expect(await place.service.send(message)).toEqual({ Type: "InvokeAgentResponse", ErrorMessage: reason });
  expect(place.runtime.calls.filter((call) => /^(pull|create)/.test(call))).toEqual([]);
});

test("a list of hosts that cannot be kept is refused", async () => {
  await openPlace({ toml: 'network = "default"' });
  await place.start();
  const { message } = prepareInvocation(place.service, {
    image: agentImage,
    environment: { AllowedHosts: ["example.com"] },
  });
  expect((await place.service.send(message)).ErrorMessage).toBe(
    "the environment's list of allowed hosts cannot be kept on the engine's default network",
  );
});

test("no more jobs run than allowed; twice as many wait, and the rest are refused", async () => {
  const go = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const agent = completing(async () => {
    running += 1;
    most = Math.max(most, running);
    await go.promise;
    running -= 1;
    return 0;
  });
  await openPlace({ agent, toml: "" });
  place.config = { ...place.config, maxJobs: 2 };
  await place.start();
  const jobs = Array.from({ length: 8 }, () => prepareInvocation(place.service, { image: agentImage }));
  const answers = await Promise.all(jobs.map(({ message }) => place.service.send(message)));
  expect(answers.filter(({ ErrorMessage }) => ErrorMessage === "runner at capacity")).toHaveLength(2);
  await vi.waitFor(() => {
    const waiting = jobs.filter(({ record }) => record.turn.Status === "Waiting for Runner Capacity");
    expect(waiting).toHaveLength(4);
    expect(running).toBe(2);
  }, wait);
  expect(await place.service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
  expect(place.runner.status().capacity).toEqual({ running: 2, waiting: 4, maximum: 2 });
  go.resolve();
  await vi.waitFor(
    () => expect(jobs.filter(({ record }) => record.turn.Status === "Completed")).toHaveLength(6),
    wait,
  );
  expect(most).toBe(2);
});

test("jobs that wait start at once when the limit grows", async () => {
  await openPlace({ agent: endless });
  place.config = { ...place.config, maxJobs: 1 };
  await place.start();
  const jobs = Array.from({ length: 3 }, () => prepareInvocation(place.service, { image: agentImage }));
  await Promise.all(jobs.map(({ message }) => place.service.send(message)));
  const capacity = () => place.runner.status().capacity;
  await vi.waitFor(() => expect(capacity()).toMatchObject({ running: 1, waiting: 2 }), wait);
  place.config = { ...place.config, maxJobs: 2 };
  place.runner.reconfigured();
  expect(capacity()).toEqual({ running: 2, waiting: 1, maximum: 2 });
});

test("an image that is nowhere fails the turn, after one try", async () => {
  await openPlace();
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: "org/missing:1" });
  expect((await place.service.send(message)).ErrorMessage).toBeNull();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe(
    'the agent could not be started: image org/missing:1 could not be pulled (pull_policy is "always"): manifest for org/missing:1 not found',
  );
  await nothingLeft();
  // What never was on this machine is no image that jobs have used.
  expect(await listUsedImages(images())).toEqual([]);
});

test("a registry that is out of reach for a moment is asked again", async () => {
  await openPlace({ agent: completing() });
  await place.start();
  place.runtime.failPulls(new RuntimeError("i/o timeout", { failure: "registry-unreachable" }));
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
});

test("a job that takes too long is stopped, and so is one that is silent for too long", async () => {
  const talking: FakeProgram = async ({ signal, write }) => {
    write("begin\n");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return 143;
  };
  await openPlace({ agent: talking, toml: 'job_timeout = "1500ms"' });
  await place.start();
  const first = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(first.message);
  await vi.waitFor(() => expect(first.record.turn.Status).toBe("Failed"), wait);
  expect(first.record.turn.ErrorMessage).toBe("timed out after 1.5 s\nbegin");
  place.config = { ...place.config, jobTimeout: 3_600_000, idleTimeout: 1000 };
  const second = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(second.message);
  await vi.waitFor(() => expect(second.record.turn.Status).toBe("Failed"), wait);
  expect(second.record.turn.ErrorMessage).toBe("timed out: no output for 1 s\nbegin");
  await nothingLeft();
});

test("a job that was to end while the engine was away is asked again when it is back", async () => {
  await openPlace({ agent: endless, toml: 'job_timeout = "1s"\nstop_grace = "1s"' });
  const { runtime } = place;
  let attempts = 0;
  const stop: typeof runtime.stop = async (...input) => {
    attempts += 1;
    if (attempts === 1) throw new RuntimeError("the engine is away", { failure: "unavailable" });
    await runtime.stop(...input);
  };
  await place.start({ runtime: { ...runtime, stop } });
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe("timed out after 1 s");
  expect(attempts).toBe(2);
  await nothingLeft();
});

test("a turn that was cancelled on the server stops its container", async () => {
  let isStopped = false;
  const endless: FakeProgram = async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    isStopped = true;
    return 143;
  };
  await openPlace({ agent: endless });
  await place.start({ watchMilliseconds: 200 });
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  place.service.turns.change(record.turn.TaskId, 1, { Status: "Failed", ErrorMessage: "cancelled by user" });
  await vi.waitFor(() => expect(isStopped).toBe(true), wait);
  await nothingLeft();
  expect(record.turn.ErrorMessage).toBe("cancelled by user");
});

test("the engine's restart in the middle of a job fails the turn, and later jobs run", async () => {
  let endless = true;
  await openPlace({
    agent: (process) => (endless ? new Promise(() => {}) : completing()(process)),
  });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  place.runtime.breakDown();
  const next = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(next.message);
  endless = false;
  setTimeout(() => place.runtime.recover(), 700);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toContain("killed from outside");
  await vi.waitFor(() => expect(next.record.turn.Status).toBe("Completed"), wait);
  await nothingLeft();
});

test("an operator kills a job by the control socket", async () => {
  await openPlace({ agent: endless });
  await place.start();
  const control = createControlClient(join(place.folder, ".local/state/plan42-runner/control.sock"));
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(async () => {
    expect((await control.status())?.jobs).toMatchObject([{ jobId, step: "running" }]);
  }, wait);
  expect(await control.kill("plan42-x-1")).toEqual({ result: "no-such-job" });
  expect(await control.kill(jobId)).toEqual({ result: "killed" });
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe("Killed on runner by operator");
  await expect(place.start()).rejects.toMatchObject({
    message: `another runner is running (process ${process.pid}, configuration ${place.folder}/.config/plan42-runner.toml)`,
    hint: expect.stringMatching(new RegExp(`^To end it: kill ${process.pid}\n.*XDG_STATE_HOME`)),
  });
  // Nor may one that was started in another session, with its socket elsewhere, use the same folder.
  const elsewhere = runnerFolders(
    { HOME: place.folder, XDG_RUNTIME_DIR: join(place.folder, "run") },
    "linux",
  );
  await expect(place.start({ folders: elsewhere })).rejects.toThrow("another runner is running");
});
