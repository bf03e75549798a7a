import { type Client, createLogUploader, openTurn, streamTurnLogs } from "@plano/client";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";
import { entry, openTaskStage, refusal, type TaskStage } from "./task-stage.ts";

const storage = embeddedStorage();
/** How long after a turn's end its lines are taken, in milliseconds. */
const lateLogs = 4_000;
let test42: TestServer;
let stage: TaskStage;
let admin: Client;
let tenantId = "";
beforeAll(async () => {
  test42 = await startServer(storage, {
    timing: { lateLogs, logQuiet: 1_000, checkInterval: 60_000 },
    logLimits: { entries: 2_600, bytes: 2_000_000 },
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

const startJob = async () => {
  const { jobs, environmentId } = await stage.prepare();
  const { turnPath } = await stage.addTask(environmentId);
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
  expect(await upload(Version, 0, [entry("a"), entry("b\u0000b")])).toEqual({ Version });
  expect(await refusal(upload(Version + 1, 2, [entry("c")]))).toMatchObject({ status: 409 });
  for (const index of [0, 1, 3]) {
    expect(await refusal(upload(Version, index, [entry("c")]))).toMatchObject({ status: 409 });
  }
  expect(await agent.call("getLastTurnLog", { path: turnPath })).toEqual({ Index: 1, ...entry("bb") });
  const many = Array.from({ length: 501 }, () => entry("x"));
  expect(await refusal(upload(Version, 2, many))).toMatchObject({ status: 413 });
  const large = Array.from({ length: 20 }, () => entry("x".repeat(60_000)));
  expect(await refusal(upload(Version, 2, large))).toMatchObject({ status: 413 });
});

test("leave the turn's version alone, so that an agent whose lines are uploaded all the while ends its turn", async () => {
  const { agent, turnPath } = await startJob();
  const lines = ["a", "b", "c"];
  const first = await agent.call("getTurn", { path: turnPath });
  for (const line of lines) {
    await agent.call("uploadTurnLogs", {
      path: turnPath,
      ifMatch: first.Version,
      body: { Index: lines.indexOf(line), Logs: [entry(line)] },
    });
  }
  const { Version, UpdatedAt } = await agent.call("getTurn", { path: turnPath });
  expect(Version).toBe(first.Version);
  // Lines are signs of life.
  expect(UpdatedAt > first.UpdatedAt).toBe(true);
  const body = { Status: "Completed" };
  expect(await agent.call("updateTurn", { path: turnPath, ifMatch: first.Version, body })).toMatchObject(
    body,
  );
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

test("lines that were on their way when the turn ended are taken, whoever named its version before", async () => {
  const { agent, turnPath, session } = await startJob();
  const { Version } = session.turn;
  const read: string[] = [];
  const reading = (async () => {
    for await (const { Message } of streamTurnLogs(admin, turnPath)) read.push(Message);
  })();
  const upload = (ifMatch: number, Index: number, Message: string) =>
    agent.call("uploadTurnLogs", { path: turnPath, ifMatch, body: { Index, Logs: [entry(Message)] } });
  await upload(Version, 0, "before");
  await session.update({ Status: "Completed" });
  const end = performance.now();
  const late = await upload(Version, 1, "overtaken by the end");
  expect(late.Version).toBe(Version + 1);
  expect(await refusal(upload(Version - 1, 2, "older still"))).toMatchObject({ errorType: "Conflict" });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await upload(late.Version, 2, "told of the end");
  await reading;
  expect(read).toEqual(["before", "overtaken by the end", "told of the end"]);
  // Quiet for a second ends it, long before no more is taken.
  expect(performance.now() - end).toBeLessThan(lateLogs - 500);

  await new Promise((resolve) => setTimeout(resolve, lateLogs - (performance.now() - end) + 100));
  const tooLate = await refusal(upload(late.Version, 3, "too late"));
  expect(tooLate).toMatchObject({ status: 409, errorType: "UpdateCompletedTurn" });
  expect((await admin.call("getTurn", { path: turnPath })).Status).toBe("Completed");
});

test("a log that is full says so in its last line, and takes no more", async () => {
  const { agent, turnPath, session } = await startJob();
  for (let batch = 0; batch < 5; batch += 1) {
    await session.appendLogs(Array.from({ length: 500 }, () => entry("x")));
  }
  expect(await session.appendLogs(Array.from({ length: 200 }, () => entry("y")))).toBe(true);
  expect(await agent.call("getLastTurnLog", { path: turnPath })).toMatchObject({
    Index: 2_599,
    Message: "[the log ends here: a turn may have 2600 lines or 2000000 bytes]",
  });
  expect(await refusal(session.appendLogs([entry("z")]))).toMatchObject({ status: 413 });
  expect(await session.update({ Status: "Completed" })).toBe(true);
});
