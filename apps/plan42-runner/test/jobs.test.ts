import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { prepareInvocation, startFakeGithub } from "@plano/plan42-testkit";
import { listUsedImages, runnerFolders } from "@plano/runner-home";
import { type FakeProgram, RuntimeError } from "@plano/runtime";
import { afterEach, expect, test, vi } from "vitest";
import { agentImage, openWorkplace, quietImage, type Workplace } from "./workplace.ts";

let place: Workplace;
afterEach(async () => {
  await place.close();
  expect(place.service.violations).toEqual([]);
});

const wait = { timeout: 15_000, interval: 20 };
const ended = (status: string) => ["Completed", "Failed"].includes(status);

/** An agent that ends its turn as the reference's does. */
function completing(work: FakeProgram = async () => 0): FakeProgram {
  return async (process) => {
    const code = await work(process);
    const { Turn: turn, AgentToken: token } = JSON.parse(process.input);
    const url = `${place.service.url}/v1/tenants/${turn.TenantId}/tasks/${turn.TaskId}/turns/${turn.TurnIndex}`;
    const headers = { Authorization: `APIToken ${token}` };
    const current = (await (await fetch(url, { headers })).json()) as { Version: number };
    await fetch(url, {
      method: "PATCH",
      headers: { ...headers, "Content-Type": "application/json", "If-Match": String(current.Version) },
      body: JSON.stringify({
        Status: "Completed",
        OutputMessage: "done",
        CompletedAt: new Date().toISOString(),
      }),
    });
    return code;
  };
}

const images = () => join(place.folder, ".local/state/plan42-runner/images");

async function nothingLeft(): Promise<void> {
  await vi.waitFor(async () => {
    expect(await place.runtime.list("ai.plan42.runner", place.service.runnerId)).toEqual([]);
    expect(await place.runtime.listNetworks("ai.plan42.runner", place.service.runnerId)).toEqual([]);
    expect(place.runner.status().jobs).toEqual([]);
  }, wait);
  const journal = join(place.folder, ".local/state/plan42-runner/journal");
  expect(readdirSync(journal).filter((name) => !name.endsWith(".done"))).toEqual([]);
}

test("a job runs in its container with the turn as it stands, and its agent ends the turn", async () => {
  let input = "";
  const agent = completing(async (process) => {
    input = process.input;
    process.write(`working with ${JSON.parse(input).AgentToken}\n`);
    return 0;
  });
  place = await openWorkplace({ agent });
  await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, { image: agentImage, prompt: "write" });
  expect(await place.service.send(message)).toEqual({ Type: "InvokeAgentResponse", ErrorMessage: null });
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  expect(record.statuses).toEqual(["Pulling Agent Image on Local Runner", "Completed"]);
  expect(Object.keys(JSON.parse(input))).toEqual(Object.keys(message));
  expect(JSON.parse(input)).toMatchObject({
    Task: { Prompt: "write", Model: null },
    Turn: { Version: 2, Status: "Pulling Agent Image on Local Runner" },
    FeedBack: null,
  });
  await nothingLeft();
  const lines = ["working with [REDACTED]", "[plan42-runner] the agent ended with 0"];
  expect(readFileSync(place.jobLog(jobId), "utf8")).toBe(`${lines.join("\n")}\n`);
  expect(await listUsedImages(images())).toMatchObject([{ reference: agentImage }]);
  // The agent has uploaded no log.
  expect(record.logs.map(({ Message }) => Message)).toEqual(lines);
  expect(JSON.stringify(place.log)).not.toContain(String(message.AgentToken));
});

test.each<[string, FakeProgram, RegExp]>([
  [
    "fails",
    async ({ write }) => {
      write("cannot compile\n");
      return 2;
    },
    /^agent exited with code 2\ncannot compile$/,
  ],
  ["is silent", async () => 0, /^agent exited without reporting a result$/],
  [
    "is killed for its memory",
    async () => ({ exitCode: 137, outOfMemory: true }),
    /out of memory \(limit 8\.0 GiB/,
  ],
])("the turn of an agent that %s is failed, and gets the log", async (_, agent, failure) => {
  place = await openWorkplace({ agent });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toMatch(failure);
  expect(record.turn.CompletedAt).toBeDefined();
  expect(record.logs.at(-1)?.Message).toMatch(/^\[plan42-runner\] the agent ended with \d+$/);
  await nothingLeft();
});

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
  place = await openWorkplace({ toml: 'allowed_images = ["org/*"]' });
  await place.start();
  const { message } = prepareInvocation(place.service, { image: agentImage });
  for (const [key, fields] of Object.entries(change)) {
    message[key] = { ...(message[key] as object), ...fields };
  }
  expect(await place.service.send(message)).toEqual({ Type: "InvokeAgentResponse", ErrorMessage: reason });
  expect(place.runtime.calls.filter((call) => /^(pull|create)/.test(call))).toEqual([]);
});

test("a list of hosts that cannot be kept is refused", async () => {
  place = await openWorkplace({ toml: 'network = "default"' });
  await place.start();
  const { message } = prepareInvocation(place.service, {
    image: agentImage,
    environment: { AllowedHosts: ["example.com"] },
  });
  expect((await place.service.send(message)).ErrorMessage).toBe(
    "the environment's list of allowed hosts cannot be kept on the engine's default network",
  );
});

test("a message that comes twice has one effect", async () => {
  const go = Promise.withResolvers<void>();
  let runs = 0;
  const agent = completing(async () => {
    runs += 1;
    await go.promise;
    return 0;
  });
  place = await openWorkplace({ agent });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  const answers = await Promise.all([1, 2, 3, 4, 5].map(() => place.service.send(message)));
  const reasons = answers.map(({ ErrorMessage }) => ErrorMessage);
  expect(reasons.filter((reason) => reason === null)).toHaveLength(1);
  expect(reasons.filter((reason) => reason === "job already running")).toHaveLength(4);
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await nothingLeft();
  expect((await place.service.send(message)).ErrorMessage).toBe("job already finished");
  expect(runs).toBe(1);
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
  place = await openWorkplace({ agent, toml: "" });
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

test("an image that is nowhere fails the turn, after one try", async () => {
  place = await openWorkplace();
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
  place = await openWorkplace({ agent: completing() });
  await place.start();
  place.runtime.failPulls(new RuntimeError("i/o timeout", { failure: "registry-unreachable" }));
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
});

test("a job that takes too long is stopped, and so is one that is silent for too long", async () => {
  const endless: FakeProgram = async ({ signal, write }) => {
    write("begin\n");
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return 143;
  };
  place = await openWorkplace({ agent: endless, toml: 'job_timeout = "1500ms"' });
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

test("a turn that was cancelled on the server stops its container", async () => {
  let isStopped = false;
  const endless: FakeProgram = async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    isStopped = true;
    return 143;
  };
  place = await openWorkplace({ agent: endless });
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
  place = await openWorkplace({
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
  const { createControlClient } = await import("@plano/runner-home");
  const endless: FakeProgram = async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return 143;
  };
  place = await openWorkplace({ agent: endless });
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
    message: `another runner is running (process ${process.pid})`,
    hint: `To end it: kill ${process.pid}`,
  });
  // Nor may one that was started in another session, with its socket elsewhere, use the same folder.
  const elsewhere = runnerFolders(
    { HOME: place.folder, XDG_RUNTIME_DIR: join(place.folder, "run") },
    "linux",
  );
  await expect(place.start({ folders: elsewhere })).rejects.toThrow("another runner is running");
});

test("the runner's own GitHub takes the place of what the service sent, and feedback is fetched", async () => {
  const github = await startFakeGithub({
    tokens: { "local-github-token": "octo" },
    organizations: ["alpha", "beta", "gamma"],
    repositories: { "alpha/repo": ["main", "feature/x"] },
    pullRequests: { "alpha/repo#3": { comments: [{ id: "C", author: "ann", body: "please" }] } },
  });
  let input = "";
  const agent = completing(async (process) => {
    input = process.input;
    process.write("token local-github-token\n");
    return 0;
  });
  place = await openWorkplace({
    agent,
    toml: `[github.corp]\nname = "corp"\nurl = "${github.url}"\nconnection_id = "X"\ntoken = "local-github-token"`,
  });
  await place.start();
  const { jobId, record, message } = prepareInvocation(place.service, {
    image: agentImage,
    turnIndex: 2,
    task: { RepoInfo: { "alpha/repo": { PRNumber: 3, FeatureBranch: "f", TargetBranch: "main" } } },
    message: { PrivateGithubConnectionID: "X", GithubToken: "theirs", GithubURL: "https://github.com" },
  });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  expect(record.statuses[0]).toBe("Checking for PR Feedback");
  expect(JSON.parse(input)).toMatchObject({
    GithubToken: "local-github-token",
    GithubURL: github.url,
    FeedBack: { "alpha/repo": [{ ID: "C", IsResolved: false, Comments: [{ User: "ann", Body: "please" }] }] },
  });
  await nothingLeft();
  expect(readFileSync(place.jobLog(jobId), "utf8")).toContain("token [REDACTED]");

  const common = { TenantID: place.service.tenantId, ConnectionID: "X", Token: null };
  const orgs = { Type: "ListOrgsForGithubConnectionRequest", ...common, MaxResults: 3, Search: null };
  const first = await place.service.send(orgs);
  expect(first).toEqual({
    Type: "ListOrgsForGithubConnectionResponse",
    Items: ["alpha", "beta", "gamma"],
    NextToken: "e30",
    ErrorMessage: null,
  });
  expect(await place.service.send({ ...orgs, Token: "e30" })).toMatchObject({
    Items: ["octo"],
    NextToken: null,
  });
  expect(await place.service.send({ ...orgs, MaxResults: 2 })).toMatchObject({ NextToken: "eyJQYWdlIjoyfQ" });
  expect(await place.service.send({ ...orgs, Token: "***" })).toMatchObject({
    ErrorMessage: "invalid pagination token",
  });
  expect(await place.service.send({ ...orgs, MaxResults: 101 })).toMatchObject({
    ErrorMessage: "maxResults must be between 1 and 100",
  });
  const search = {
    Type: "SearchRepoRequest",
    ...common,
    OrgName: "alpha user:evil",
    Search: "r",
    MaxResults: null,
  };
  expect(await place.service.send(search)).toMatchObject({ ErrorMessage: 'invalid name: "alpha user:evil"' });
  expect(await place.service.send({ ...search, ConnectionID: "Y" })).toMatchObject({ Items: [] });
  expect(
    await place.service.send({
      Type: "ListRepoBranchesRequest",
      ...common,
      OrgName: "alpha",
      RepoName: "repo",
      Search: "feature",
      MaxResults: null,
    }),
  ).toEqual({ Type: "ListRepoBranchesResponse", Items: ["feature/x"], NextToken: null, ErrorMessage: null });

  await github.close();
  expect((await place.service.send(orgs)).ErrorMessage).toMatch(
    /^GET http.*\/api\/v3\/user\/orgs.*no answer/,
  );
  const lost = prepareInvocation(place.service, {
    image: agentImage,
    turnIndex: 2,
    task: { RepoInfo: { "alpha/repo": { PRNumber: 3, FeatureBranch: "f", TargetBranch: "main" } } },
    message: { PrivateGithubConnectionID: "X" },
  });
  await place.service.send(lost.message);
  await vi.waitFor(() => expect(lost.record.turn.Status).toBe("Failed"), wait);
  expect(lost.record.turn.ErrorMessage).toMatch(/graphql/);
});

test("SIGTERM in the middle of a job waits for it, refuses others, and ends clean", async () => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async () => {
    await go.promise;
    return 0;
  });
  place = await openWorkplace({ agent, service: { endsPollsOnDrain: true } });
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
  place = await openWorkplace({ agent });
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
  place = await openWorkplace({
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

test("a job that was taken but had not begun when its daemon was killed is begun by the next one", async () => {
  let runs = 0;
  const agent = completing(async () => {
    runs += 1;
    return 0;
  });
  place = await openWorkplace({ agent });
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
  place = await openWorkplace({ agent });
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

test("the log of an image that leaves it to the runner is forwarded as it comes, and once, across a restart", async () => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async ({ write }) => {
    write("one\ntwo\n");
    await go.promise;
    write("three\n");
    // The log has its version of the turn; the agent takes the newest.
    await vi.waitFor(() => expect(lines()).toContain("three"), wait);
    return 0;
  });
  place = await openWorkplace({ agent });
  const first = await place.start({ heartbeatMilliseconds: 100 });
  const { record, message } = prepareInvocation(place.service, { image: quietImage });
  const lines = () => record.logs.map(({ Message }) => Message);
  await place.service.send(message);
  await vi.waitFor(() => expect(lines()).toEqual(["one", "two"]), wait);
  const version = record.turn.Version;
  await vi.waitFor(() => expect(record.turn.Version).toBeGreaterThan(version), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");

  await place.start();
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await nothingLeft();
  expect(lines()).toEqual(["one", "two", "three", "[plan42-runner] the agent ended with 0"]);
});

test.each([
  ["forwarded", quietImage],
  ["left", agentImage],
])("the %s log of an agent that ends its turn while no daemon is there is whole", async (_, image) => {
  const go = Promise.withResolvers<void>();
  const agent = completing(async ({ write }) => {
    write("one\n");
    await go.promise;
    write("two\n");
    return 0;
  });
  place = await openWorkplace({ agent });
  const first = await place.start();
  const { record, jobId, message } = prepareInvocation(place.service, { image });
  await place.service.send(message);
  await vi.waitFor(() => expect(readFileSync(place.jobLog(jobId), "utf8")).toBe("one\n"), wait);
  const sent = image === quietImage ? 1 : 0;
  await vi.waitFor(() => expect(record.logs).toHaveLength(sent), wait);
  expect(await first.shutdown(AbortSignal.abort())).toBe("forced");
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Completed"), wait);
  await place.start();
  await nothingLeft();
  expect(record.logs.map(({ Message }) => Message)).toEqual([
    "one",
    "two",
    "[plan42-runner] the agent ended with 0",
  ]);
});

test.each([
  ["forwarded", quietImage],
  ["left", agentImage],
])("a turn gets no more of a %s log than the limit, and is told so", async (_, image) => {
  const agent: FakeProgram = async ({ write }) => {
    for (let count = 0; count < 200; count += 1)
      write(`${String(count).padStart(3, "0")} ${"x".repeat(45)}\n`);
    return 3;
  };
  place = await openWorkplace({ agent, toml: 'log_upload_max_size = "2000"' });
  await place.start();
  const { record, message, jobId } = prepareInvocation(place.service, { image });
  await place.service.send(message);
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  const lines = record.logs.map(({ Message }) => Message);
  expect(lines).toHaveLength(41);
  expect(lines.at(39)).toMatch(/^039 x/);
  expect(lines.at(40)).toMatch(/^\[plan42-runner\] log truncated: .* 2000 bytes/);
  expect(readFileSync(place.jobLog(jobId), "utf8")).toMatch(/^199 x/m);
});
