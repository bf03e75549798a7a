import { randomUUID } from "node:crypto";
import { ApiError, type Client, createLogUploader, openTurn, streamTurnLogs } from "@plano/client";
import type { RequestOf } from "@plano/protocol";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type FakeRunner, startFakeRunner } from "./fake-runner.ts";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";

type Invoke = RequestOf<"InvokeAgentRequest">;

const storage = embeddedStorage();
const timing = {
  runnerWait: 1_000,
  answerLimit: 1_000,
  fetchLimit: 500,
  turnSilence: 2_000,
  checkInterval: 60_000,
};
let test42: TestServer;
let admin: Client;
let tenantId = "";
const runners: FakeRunner[] = [];
beforeAll(async () => {
  test42 = await startServer(storage, { timing, publicUrl: "http://host.docker.internal:7443" });
  ({ admin, tenantId } = test42);
});
afterEach(async () => {
  for (const runner of runners.splice(0)) await runner.stop();
});
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
  expect(test42?.errors.map(String)).toEqual([]);
});

const refusal = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error) => (error instanceof ApiError ? error : Promise.reject(error)),
  );

/** A runner that takes jobs, and an environment that it serves. */
async function prepare(answer: (invoke: Invoke) => Promise<string | null> = async () => null) {
  const { runnerId, client } = await test42.addRunner();
  const jobs: Invoke[] = [];
  const runner = await startFakeRunner({
    client,
    tenantId,
    runnerId,
    handlers: {
      InvokeAgentRequest: async (invoke) => {
        jobs.push(invoke);
        return { Type: "InvokeAgentResponse", ErrorMessage: await answer(invoke) };
      },
    },
  });
  runners.push(runner);
  return { runnerId, client, jobs, environmentId: await addEnvironment(runnerId) };
}

async function addEnvironment(runnerId: string | undefined, connectionId?: string): Promise<string> {
  const environmentId = randomUUID();
  await admin.call("createEnvironment", {
    path: { tenantId, environmentId },
    body: {
      Name: "n",
      Description: "",
      Context: "",
      Repos: [],
      SetupScript: "",
      DockerImage: "org/agent:latest",
      AllowedHosts: [],
      EnvVars: [],
      RunnerId: runnerId,
      GithubConnectionId: connectionId,
    },
  });
  return environmentId;
}

async function addTask(environmentId: string | undefined) {
  const path = { tenantId, taskId: randomUUID() };
  const body = { Title: "t", Prompt: "p", RepoInfo: {}, EnvironmentId: environmentId };
  const task = await admin.call("createTask", { path, body });
  return { task, path, turnPath: { ...path, turnIndex: "1" } };
}

const ended = (path: { tenantId: string; taskId: string; turnIndex: string }) =>
  eventually(async () => {
    const turn = await admin.call("getTurn", { path });
    return ["Completed", "Failed"].includes(turn.Status) && turn;
  });
const entry = (Message: string) => ({ Timestamp: "2026-11-21T08:16:55.831397274Z", Message });

describe("from task to runner", () => {
  test("a task goes to its environment's runner with a token for its turn, and ends", async () => {
    const { jobs, environmentId } = await prepare();
    const { task, path, turnPath } = await addTask(environmentId);
    expect(task).toMatchObject({
      State: "Pending",
      LastTurnIndex: 1,
      LastTurnStatus: "Pending",
      Model: null,
    });
    const job = await eventually(async () => jobs[0]);
    expect(job).toMatchObject({
      Task: { TaskId: path.taskId },
      Turn: { TurnIndex: 1, Status: "Pending", Version: 1 },
      Environment: { EnvironmentId: environmentId, DockerImage: "org/agent:latest" },
      GithubToken: null,
      PrivateGithubConnectionID: null,
      FeedBack: null,
    });
    const claims = JSON.parse(Buffer.from(job.AgentToken.split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({
      iss: "http://host.docker.internal:7443",
      sub: tenantId,
      task_id: path.taskId,
      turn_index: 1,
      principal_type: "Agent",
    });
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");

    const session = openTurn(test42.clientWith(job.AgentToken), job.Turn);
    expect(await session.update({ Status: "Pulling Agent Image on Local Runner" })).toBe(true);
    expect(await session.update({})).toBe(true);
    expect(session.turn).toMatchObject({ Version: 3, Status: "Pulling Agent Image on Local Runner" });
    const CompletedAt = "2026-11-21T08:16:55.831397274Z";
    expect(await session.update({ Status: "Completed", OutputMessage: "done", CompletedAt })).toBe(true);
    expect(await admin.call("getTurn", { path: turnPath })).toMatchObject({
      CompletedAt,
      OutputMessage: "done",
    });
    expect(await admin.call("getTask", { path })).toMatchObject({
      State: "Awaiting Code Review",
      LastTurnStatus: "Completed",
    });
  });

  test("the runner's refusal fails the turn with its words", async () => {
    const { environmentId } = await prepare(async () => "image not allowed");
    const { turnPath } = await addTask(environmentId);
    expect(await ended(turnPath)).toMatchObject({ Status: "Failed", ErrorMessage: "image not allowed" });
  });

  test("a runner that has the job already got it", async () => {
    const { environmentId } = await prepare(async () => "job already running");
    const { path } = await addTask(environmentId);
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
  });

  test("a runner that never answers fails the turn, unless it has reported on it", async () => {
    const silent = () => new Promise<never>(() => {});
    const { environmentId } = await prepare(silent);
    const { turnPath } = await addTask(environmentId);
    expect(await ended(turnPath)).toMatchObject({ ErrorMessage: "the runner did not answer in time" });

    const reporting = await prepare(async ({ AgentToken, Turn }) => {
      await openTurn(test42.clientWith(AgentToken), Turn).update({ Status: "Working" });
      return silent();
    });
    const { path } = await addTask(reporting.environmentId);
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
  });

  test("without a runner, or without a healthy queue in time, the turn fails and says so", async () => {
    const nobody = await addTask(await addEnvironment(undefined));
    expect((await ended(nobody.turnPath)).ErrorMessage).toMatch(/^no runner: /);
    const { runnerId } = await test42.addRunner();
    const idle = await addTask(await addEnvironment(runnerId));
    expect((await ended(idle.turnPath)).ErrorMessage).toBe("the runner has no healthy queue now");
  });

  test("a turn waits for a runner that is just starting", async () => {
    const { runnerId, client } = await test42.addRunner();
    const { path } = await addTask(await addEnvironment(runnerId));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const handlers = {
      InvokeAgentRequest: async () => ({ Type: "InvokeAgentResponse" as const, ErrorMessage: null }),
    };
    runners.push(await startFakeRunner({ client, tenantId, runnerId, handlers }));
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
  });

  test("the tenant's defaults stand in for what the environment leaves open", async () => {
    const { runnerId, jobs } = await prepare();
    const connectionId = randomUUID();
    await admin.call("createGithubConnection", {
      path: { tenantId, connectionId },
      body: { Private: true, RunnerID: runnerId, Name: "c" },
    });
    const { Version } = await admin.call("getTenant", { path: { tenantId } });
    const defaults = { DefaultRunnerID: runnerId, DefaultGithubConnectionID: connectionId };
    await admin.call("updateTenant", { path: { tenantId }, ifMatch: Version, body: defaults });
    await addTask(await addEnvironment(undefined));
    const job = await eventually(async () => jobs[0]);
    expect(job.PrivateGithubConnectionID).toBe(connectionId);
    expect(job.Environment).toMatchObject({ RunnerId: "default", GithubConnectionId: "default" });
    const cleared = { DefaultRunnerID: "", DefaultGithubConnectionID: "" };
    const tenant = await admin.call("updateTenant", {
      path: { tenantId },
      ifMatch: Version + 1,
      body: cleared,
    });
    expect(tenant.DefaultRunnerID).toBeUndefined();
  });

  test("a task without an environment waits for people", async () => {
    const { task, path } = await addTask(undefined);
    expect(task.LastTurnIndex).toBeUndefined();
    const next = { ...path, turnIndex: "1" };
    expect(await refusal(admin.call("createTurn", { path: next, body: { Prompt: "p" } }))).toMatchObject({
      status: 409,
    });
  });
});

describe("turns", () => {
  test("a turn that has ended stays as it is", async () => {
    const { jobs, environmentId } = await prepare();
    const { path, turnPath } = await addTask(environmentId);
    const job = await eventually(async () => jobs[0]);
    const agent = test42.clientWith(job.AgentToken);
    const { Version } = await admin.call("getTurn", { path: turnPath });
    await admin.call("updateTurn", {
      path: turnPath,
      ifMatch: Version,
      body: { Status: "Failed", ErrorMessage: "cancelled" },
    });
    const update = agent.call("updateTurn", {
      path: turnPath,
      ifMatch: Version + 1,
      body: { Status: "Completed" },
    });
    expect(await refusal(update)).toMatchObject({ status: 409, errorType: "UpdateCompletedTurn" });
    const upload = agent.call("uploadTurnLogs", {
      path: turnPath,
      ifMatch: Version + 1,
      body: { Index: 0, Logs: [entry("x")] },
    });
    expect((await refusal(upload)).body).toMatchObject({
      CurrentType: "Turn",
      Current: { Status: "Failed" },
    });
    expect((await admin.call("getTask", { path })).LastTurnStatus).toBe("Failed");
  });

  test("the next turn follows when the last has ended, on the task's version, in order", async () => {
    const { jobs, environmentId } = await prepare();
    const { path } = await addTask(environmentId);
    await eventually(async () => jobs[0]);
    const create = (index: string, ifMatch?: number) =>
      admin.call("createTurn", {
        path: { ...path, turnIndex: index },
        ...(ifMatch !== undefined && { ifMatch }),
        body: { Prompt: "again" },
      });
    expect(await refusal(create("2"))).toMatchObject({ status: 409 });
    const job = await eventually(async () => jobs[0]);
    await openTurn(test42.clientWith(job.AgentToken), job.Turn).update({ Status: "Completed" });
    const { Version } = await eventually(async () => {
      const task = await admin.call("getTask", { path });
      return task.State === "Awaiting Code Review" && task;
    });
    expect(await refusal(create("3"))).toMatchObject({ status: 409 });
    expect(await refusal(create("1"))).toMatchObject({ status: 409 });
    const stale = await refusal(create("2", Version + 5));
    expect(stale.body).toMatchObject({ CurrentType: "Task", Current: { Version } });
    expect(await create("2", Version)).toMatchObject({ TurnIndex: 2, Status: "Pending" });
    expect((await eventually(async () => jobs[1])).Turn).toMatchObject({ TurnIndex: 2, Prompt: "again" });
    expect((await admin.call("getLastTurn", { path })).TurnIndex).toBe(2);
    expect((await admin.call("listTurns", { path })).Items.map(({ TurnIndex }) => TurnIndex)).toEqual([1, 2]);
    expect((await admin.call("getTask", { path })).Version).toBeGreaterThan(Version);
  });

  test("a turn without a sign of life fails; one that gives signs does not", async () => {
    const { jobs, environmentId } = await prepare();
    const [silent, lively] = [await addTask(environmentId), await addTask(environmentId)];
    const job = await eventually(async () => jobs.find(({ Task }) => Task.TaskId === lively.path.taskId));
    const session = openTurn(test42.clientWith(job.AgentToken), job.Turn);
    const heartbeat = setInterval(() => void session.update({}), 300);
    const failed = await ended(silent.turnPath);
    expect(failed).toMatchObject({
      Status: "Failed",
      ErrorMessage: expect.stringContaining("no sign of life"),
    });
    expect((await admin.call("getTurn", { path: lively.turnPath })).Status).toBe("Pending");
    clearInterval(heartbeat);
  });

  test("active turns can be listed by when they were last heard of", async () => {
    const { jobs, environmentId } = await prepare();
    const { path } = await addTask(environmentId);
    await eventually(async () => jobs[0]);
    const list = async (maxUpdatedAt: Date) => {
      const query = { partition: 0, maxUpdatedAt: maxUpdatedAt.toISOString() };
      return (await admin.call("listActiveTurns", { path: {}, query })).Items.map(({ TaskId }) => TaskId);
    };
    expect(await list(new Date(Date.now() + 60_000))).toContain(path.taskId);
    expect(await list(new Date(Date.now() - 60_000))).not.toContain(path.taskId);
    expect(await refusal(admin.call("listActiveTurns", { path: {} }))).toMatchObject({ status: 400 });
  });

  test("deleting a task fails its turn", async () => {
    const { jobs, environmentId } = await prepare();
    const { path } = await addTask(environmentId);
    await eventually(async () => jobs[0]);
    const { Version } = await eventually(async () => {
      const task = await admin.call("getTask", { path });
      return task.State === "Executing" && task;
    });
    await admin.call("deleteTask", { path, ifMatch: Version });
    const query = { includeDeleted: true };
    expect(await admin.call("getTurn", { path: { ...path, turnIndex: "1" }, query })).toMatchObject({
      Status: "Failed",
      ErrorMessage: "the task was deleted",
    });
    expect(await refusal(admin.call("getTurn", { path: { ...path, turnIndex: "1" } }))).toMatchObject({
      status: 404,
    });
  });

  test("tasks are found by their pull request and listed newest first", async () => {
    const { environmentId } = await prepare();
    const { path } = await addTask(environmentId);
    const { Version } = await admin.call("getTask", { path });
    const body = { RepoInfo: { "org/repo": { PRID: "PR_1", FeatureBranch: "f", TargetBranch: "main" } } };
    const set = async (version: number) => admin.call("updateTask", { path, ifMatch: version, body });
    // The version rises when a runner takes the turn.
    await set(Version).catch(async () => set((await admin.call("getTask", { path })).Version));
    const search = (query: object) => admin.call("searchTasks", { path: {}, query, body: {} });
    expect((await search({ pullRequestId: "PR_1" })).Items.map(({ TaskId }) => TaskId)).toEqual([
      path.taskId,
    ]);
    expect((await search({ pullRequestId: "PR_2" })).Items).toEqual([]);
    expect((await search({ taskId: path.taskId })).Items).toHaveLength(1);
    expect(await refusal(search({}))).toMatchObject({ status: 400 });
    const newest = await addTask(undefined);
    const { Items } = await admin.call("listTasks", { path: { tenantId }, query: { maxResults: 2 } });
    expect(Items.map(({ TaskId }) => TaskId)).toEqual([newest.path.taskId, path.taskId]);
  });
});

test("an agent reaches its own turn only", async () => {
  const { jobs, environmentId, client: runner } = await prepare();
  const [mine, other] = [await addTask(environmentId), await addTask(environmentId)];
  const job = await eventually(async () => jobs.find(({ Task }) => Task.TaskId === mine.path.taskId));
  const agent = test42.clientWith(job.AgentToken);
  expect((await agent.call("getTask", { path: mine.path })).TaskId).toBe(mine.path.taskId);
  expect(await refusal(agent.call("getTaskGithubCreds", { path: mine.path }))).toMatchObject({ status: 404 });
  for (const call of [
    () => agent.call("getTask", { path: other.path }),
    () => agent.call("getTurn", { path: other.turnPath }),
    () => agent.call("updateTurn", { path: { ...mine.path, turnIndex: "2" }, ifMatch: 1, body: {} }),
    () => agent.call("listTasks", { path: { tenantId } }),
    () => agent.call("createTurn", { path: { ...mine.path, turnIndex: "2" }, body: { Prompt: "p" } }),
    () => runner.call("updateTurn", { path: mine.turnPath, ifMatch: 1, body: {} }),
  ]) {
    expect(await refusal(call())).toMatchObject({ status: 403 });
  }
  // A runner may read, for its list of jobs.
  expect((await runner.call("getTurn", { path: mine.turnPath })).TurnIndex).toBe(1);
});

describe("logs", () => {
  const startJob = async () => {
    const { jobs, environmentId } = await prepare();
    const { turnPath } = await addTask(environmentId);
    const job = await eventually(async () => jobs[0]);
    const agent = test42.clientWith(job.AgentToken);
    return { agent, turnPath, session: openTurn(agent, await agent.call("getTurn", { path: turnPath })) };
  };

  test("are appended in order, within limits, by version", async () => {
    const { agent, turnPath } = await startJob();
    expect(await refusal(agent.call("getLastTurnLog", { path: turnPath }))).toMatchObject({ status: 404 });
    const { Version } = await agent.call("getTurn", { path: turnPath });
    const upload = (ifMatch: number, Index: number, Logs: ReturnType<typeof entry>[]) =>
      agent.call("uploadTurnLogs", { path: turnPath, ifMatch, body: { Index, Logs } });
    expect(await refusal(upload(Version, 1, [entry("a")]))).toMatchObject({ status: 409 });
    expect(await upload(Version, 0, [entry("a"), entry("b\u0000b")])).toEqual({ Version: Version + 1 });
    expect(await refusal(upload(Version, 2, [entry("c")]))).toMatchObject({ status: 409 });
    expect(await refusal(upload(Version + 1, 0, [entry("c")]))).toMatchObject({ status: 409 });
    expect(await agent.call("getLastTurnLog", { path: turnPath })).toEqual({ Index: 1, ...entry("bb") });
    const many = Array.from({ length: 501 }, () => entry("x"));
    expect(await refusal(upload(Version + 1, 2, many))).toMatchObject({ status: 413 });
    const large = Array.from({ length: 20 }, () => entry("x".repeat(60_000)));
    expect(await refusal(upload(Version + 1, 2, large))).toMatchObject({ status: 413 });
  });

  test("are streamed as they come, from where the reader left off, to the end", async () => {
    const { turnPath, session } = await startJob();
    const read: string[] = [];
    const delays: number[] = [];
    const reading = (async () => {
      for await (const { Message, id } of streamTurnLogs(admin, turnPath)) {
        const [number, sent] = Message.split(" ");
        read.push(`${id}:${number}`);
        delays.push(Date.now() - Number(sent));
      }
    })();
    const uploader = createLogUploader({ session, interval: 20 });
    for (let count = 0; count < 40; count += 1) {
      uploader.add(`${count} ${Date.now()}`);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await uploader.close();
    await session.update({ Status: "Completed" });
    await reading;
    expect(read).toEqual(Array.from({ length: 40 }, (_, index) => `${index + 1}:${index}`));
    expect(delays.toSorted((one, other) => one - other)[38]).toBeLessThan(1_000);

    const rest: string[] = [];
    for await (const { id } of streamTurnLogs(admin, turnPath, { lastEventId: "38" })) rest.push(id ?? "");
    expect(rest).toEqual(["39", "40"]);
    const finished = await fetch(
      `${test42.server.url}/v1/tenants/${tenantId}/tasks/${turnPath.taskId}/turns/1/logs`,
      { headers: { authorization: `APIToken ${test42.server.adminToken}`, "last-event-id": "40" } },
    );
    expect(finished.status).toBe(204);
  });

  test("more than one page of a log is streamed whole", async () => {
    const { turnPath, session } = await startJob();
    for (let batch = 0; batch < 5; batch += 1) {
      await session.appendLogs(Array.from({ length: 500 }, (_, index) => entry(`${batch * 500 + index}`)));
    }
    await session.update({ Status: "Completed" });
    let count = 0;
    for await (const { Message } of streamTurnLogs(admin, turnPath)) {
      expect(Message).toBe(String(count));
      count += 1;
    }
    expect(count).toBe(2_500);
  });
});

test("a turn that was not sent when the server stopped or was killed is sent by the next", async () => {
  const own = embeddedStorage();
  const first = await startServer(own, { timing: { runnerWait: 60_000 } });
  const { adminToken } = first.server;
  const { runnerId, token } = await first.addRunner();
  const path = { tenantId: first.tenantId, taskId: randomUUID() };
  const environment = { tenantId: first.tenantId, environmentId: randomUUID() };
  await first.admin.call("createEnvironment", {
    path: environment,
    body: {
      Name: "n",
      Description: "",
      Context: "",
      Repos: [],
      SetupScript: "",
      DockerImage: "i",
      AllowedHosts: [],
      EnvVars: [],
      RunnerId: runnerId,
    },
  });
  await first.admin.call("createTask", {
    path,
    body: { Title: "t", Prompt: "p", RepoInfo: {}, EnvironmentId: environment.environmentId },
  });
  const stopped = performance.now();
  await first.stop();
  expect(performance.now() - stopped).toBeLessThan(8_000);
  expect(first.errors.map(String)).toEqual([]);

  const second = await startServer(own, { adminToken: adminToken ?? "" });
  const jobs: Invoke[] = [];
  const runner = await startFakeRunner({
    client: second.clientWith(token),
    tenantId: second.tenantId,
    runnerId,
    handlers: {
      InvokeAgentRequest: async (invoke) => {
        jobs.push(invoke);
        return { Type: "InvokeAgentResponse", ErrorMessage: null };
      },
    },
  });
  expect((await eventually(async () => jobs[0])).Task.TaskId).toBe(path.taskId);
  await eventually(async () => (await second.admin.call("getTask", { path })).State === "Executing");
  expect(jobs).toHaveLength(1);
  await runner.stop();
  await second.stop();
  removeStorage(own);
});
