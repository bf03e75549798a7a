import { randomUUID } from "node:crypto";
import { type Client, openTurn } from "@plano/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startFakeRunner } from "./fake-runner.ts";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";
import { type Invoke, openTaskStage, refusal, type TaskStage } from "./task-stage.ts";

const storage = embeddedStorage();
let test42: TestServer;
let stage: TaskStage;
let admin: Client;
let tenantId = "";
beforeAll(async () => {
  test42 = await startServer(storage, {
    timing: {
      runnerWait: 1_000,
      unansweredWait: 2_500,
      answerLimit: 1_000,
      fetchLimit: 500,
      checkInterval: 60_000,
    },
    publicUrl: "http://host.docker.internal:7443",
  });
  ({ admin, tenantId } = test42);
  stage = openTaskStage(test42);
});
afterEach(() => stage.stopRunners());
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
  expect(test42?.errors.map(String)).toEqual([]);
});

test("users are told where agents reach the server", async () => {
  expect(await admin.call("getServer", { path: {} })).toMatchObject({
    AgentUrl: "http://host.docker.internal:7443",
  });
});

describe("from task to runner", () => {
  test("a task goes to its environment's runner with a token for its turn, and ends", async () => {
    const { jobs, environmentId } = await stage.prepare();
    const { task, path, turnPath } = await stage.addTask(environmentId);
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
    const { environmentId } = await stage.prepare(async () => "image not allowed");
    const { path, turnPath } = await stage.addTask(environmentId);
    expect(await stage.ended(turnPath)).toMatchObject({
      Status: "Failed",
      ErrorMessage: "image not allowed",
    });
    expect(await eventually(async () => (await admin.call("getTask", { path })).State === "Failed")).toBe(
      true,
    );
  });

  test("a runner that has the job already got it", async () => {
    const { environmentId } = await stage.prepare(async () => "job already running");
    const { path } = await stage.addTask(environmentId);
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
  });

  test("a runner that never answers fails the turn, unless it has reported on it", async () => {
    const silent = () => new Promise<never>(() => {});
    const { environmentId } = await stage.prepare(silent);
    const { turnPath } = await stage.addTask(environmentId);
    expect(await stage.ended(turnPath)).toMatchObject({ ErrorMessage: "the runner did not answer in time" });

    const reporting = await stage.prepare(async ({ AgentToken, Turn }) => {
      await openTurn(test42.clientWith(AgentToken), Turn).update({ Status: "Working" });
      return silent();
    });
    const { path } = await stage.addTask(reporting.environmentId);
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
  });

  test("a runner that was killed before it answered is asked again, and the turn goes on", async () => {
    let asked = 0;
    const { jobs, environmentId } = await stage.prepare(async () => {
      asked += 1;
      return asked < 3 ? new Promise<never>(() => {}) : null;
    });
    const { path, turnPath } = await stage.addTask(environmentId);
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
    expect(jobs.map(({ Task }) => Task.TaskId)).toEqual([path.taskId, path.taskId, path.taskId]);
    expect((await admin.call("getTurn", { path: turnPath })).Status).toBe("Pending");
  });

  test("a turn that was cancelled while its runner did not answer is not sent again", async () => {
    const { jobs, environmentId } = await stage.prepare(() => new Promise<never>(() => {}));
    const { turnPath } = await stage.addTask(environmentId);
    await eventually(async () => jobs.length === 1);
    const { Version } = await admin.call("getTurn", { path: turnPath });
    await admin.call("updateTurn", { path: turnPath, ifMatch: Version, body: { Status: "Failed" } });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(jobs).toHaveLength(1);
  });

  test("without a runner, or without a healthy queue in time, the turn fails and says so", async () => {
    const nobody = await stage.addTask(await stage.addEnvironment());
    expect((await stage.ended(nobody.turnPath)).ErrorMessage).toMatch(/^no runner: /);
    const { runnerId } = await test42.addRunner();
    const idle = await stage.addTask(await stage.addEnvironment({ RunnerId: runnerId }));
    expect((await stage.ended(idle.turnPath)).ErrorMessage).toBe("the runner has no healthy queue now");
  });

  test("a turn waits for a runner that is just starting", async () => {
    const { runnerId, client } = await test42.addRunner();
    const { path } = await stage.addTask(await stage.addEnvironment({ RunnerId: runnerId }));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const handlers = {
      InvokeAgentRequest: async () => ({ Type: "InvokeAgentResponse" as const, ErrorMessage: null }),
    };
    stage.keep(await startFakeRunner({ client, tenantId, runnerId, handlers }));
    await eventually(async () => (await admin.call("getTask", { path })).State === "Executing");
  });

  test("the tenant's defaults stand in for what the environment leaves open", async () => {
    const { runnerId, jobs } = await stage.prepare();
    const connectionId = randomUUID();
    await admin.call("createGithubConnection", {
      path: { tenantId, connectionId },
      body: { Private: true, RunnerID: runnerId, Name: "c" },
    });
    const { Version } = await admin.call("getTenant", { path: { tenantId } });
    const defaults = { DefaultRunnerID: runnerId, DefaultGithubConnectionID: connectionId };
    await admin.call("updateTenant", { path: { tenantId }, ifMatch: Version, body: defaults });
    await stage.addTask(await stage.addEnvironment());
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
    const { task, path } = await stage.addTask(undefined);
    expect(task.LastTurnIndex).toBeUndefined();
    const next = { ...path, turnIndex: "1" };
    expect(await refusal(admin.call("createTurn", { path: next, body: { Prompt: "p" } }))).toMatchObject({
      status: 409,
    });
  });
});

test("a bridge that can be had is listened on, too, and then agents are told their machine's name", async () => {
  const own = embeddedStorage();
  const local = { platform: "linux" };
  for (const [bridge, isHad] of [
    ["127.0.0.2", true],
    ["192.0.2.1", false],
  ] as const) {
    const started = await startServer(own, { ...local, bridge });
    const { port, origin } = new URL(started.server.url);
    const url = isHad ? `http://host.docker.internal:${port}` : origin;
    expect(started.server.agentUrl).toBe(url);
    if (isHad) expect(await (await fetch(`http://${bridge}:${port}/healthz`)).text()).toBe("ok");
    await started.stop();
  }
  removeStorage(own);
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
