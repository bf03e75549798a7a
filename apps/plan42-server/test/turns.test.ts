import { type Client, openTurn } from "@plano/client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";
import { entry, openTaskStage, refusal, type TaskStage } from "./task-stage.ts";

const storage = embeddedStorage();
let test42: TestServer;
let stage: TaskStage;
let admin: Client;
let tenantId = "";
beforeAll(async () => {
  test42 = await startServer(storage, { timing: { turnSilence: 2_000, checkInterval: 60_000, lateLogs: 0 } });
  ({ admin, tenantId } = test42);
  stage = openTaskStage(test42);
});
afterEach(() => stage.stopRunners());
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
  expect(test42?.errors.map(String)).toEqual([]);
});

describe("turns", () => {
  test("a turn that has ended stays as it is", async () => {
    const { jobs, environmentId } = await stage.prepare();
    const { path, turnPath } = await stage.addTask(environmentId);
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
    const { jobs, environmentId } = await stage.prepare();
    const { path } = await stage.addTask(environmentId);
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
    const { jobs, environmentId } = await stage.prepare();
    const [silent, lively] = [await stage.addTask(environmentId), await stage.addTask(environmentId)];
    const job = await eventually(async () => jobs.find(({ Task }) => Task.TaskId === lively.path.taskId));
    const session = openTurn(test42.clientWith(job.AgentToken), job.Turn);
    const heartbeat = setInterval(() => void session.update({}), 300);
    const failed = await stage.ended(silent.turnPath);
    expect(failed).toMatchObject({
      Status: "Failed",
      ErrorMessage: expect.stringContaining("no sign of life"),
    });
    expect((await admin.call("getTurn", { path: lively.turnPath })).Status).toBe("Pending");
    clearInterval(heartbeat);
  });

  test("active turns can be listed by when they were last heard of", async () => {
    const { jobs, environmentId } = await stage.prepare();
    const { path } = await stage.addTask(environmentId);
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
    const { jobs, environmentId } = await stage.prepare();
    const { path } = await stage.addTask(environmentId);
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

  test("the log of a deleted task is shown to who asks for deleted ones", async () => {
    const { jobs, environmentId } = await stage.prepare();
    const { path, turnPath } = await stage.addTask(environmentId);
    const { AgentToken, Turn } = await eventually(async () => jobs[0]);
    await openTurn(test42.clientWith(AgentToken), Turn).appendLogs([entry("x")]);
    const { Version } = await eventually(async () => {
      const task = await admin.call("getTask", { path });
      return task.State === "Executing" && task;
    });
    await admin.call("deleteTask", { path, ifMatch: Version });
    const last = (query: object) => admin.call("getLastTurnLog", { path: turnPath, query });
    expect(await last({ includeDeleted: true })).toMatchObject({ Index: 0, Message: "x" });
    expect(await refusal(last({}))).toMatchObject({ status: 404 });
  });

  test("tasks are found by their pull request and listed newest first", async () => {
    const { environmentId } = await stage.prepare();
    const { path } = await stage.addTask(environmentId);
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
    const newest = await stage.addTask(undefined);
    const { Items } = await admin.call("listTasks", { path: { tenantId }, query: { maxResults: 2 } });
    expect(Items.map(({ TaskId }) => TaskId)).toEqual([newest.path.taskId, path.taskId]);
  });
});

test("an agent reaches its own turn only", async () => {
  const { jobs, environmentId, client: runner } = await stage.prepare();
  const [mine, other] = [await stage.addTask(environmentId), await stage.addTask(environmentId)];
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
  // Of its own task it may change what is there, but not bring it back.
  const change = async (body: object) => {
    const { Version } = await agent.call("getTask", { path: mine.path });
    return agent.call("updateTask", { path: mine.path, ifMatch: Version, body });
  };
  const RepoInfo = { "org/repo": { PRNumber: 1, FeatureBranch: "f", TargetBranch: "main" } };
  await eventually(async () => (await agent.call("getTask", { path: mine.path })).State === "Executing");
  expect(await change({ RepoInfo })).toMatchObject({ RepoInfo });
  expect(await refusal(change({ Deleted: false }))).toMatchObject({ status: 403 });
  // A runner may read, for its list of jobs.
  expect((await runner.call("getTurn", { path: mine.turnPath })).TurnIndex).toBe(1);
});
