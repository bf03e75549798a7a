import { randomUUID } from "node:crypto";
import { type Client, createClient } from "@plano/client";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { type Endpoint, endpoints, type PrincipalKind } from "@plano/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";
import { openTaskStage, refusal } from "./task-stage.ts";

const storage = embeddedStorage();
let test42: TestServer;
let admin: Client;
let tenantId = "";
beforeAll(async () => {
  test42 = await startServer(storage, { timing: { checkInterval: 60_000 } });
  ({ admin, tenantId } = test42);
});
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
  expect(test42?.errors.map(String)).toEqual([]);
});

/** The status and the kind of error of a bare call to an endpoint. */
async function call({ method, path }: Endpoint, token: string, ids: Readonly<Record<string, string>>) {
  const url = path.replace(/\{(\w+)\}/g, (_whole, name: string) => ids[name] ?? randomUUID());
  const response = await fetch(test42.server.url + url, {
    method,
    headers: { authorization: `APIToken ${token}`, "if-match": "1" },
    ...(method !== "GET" && { body: "{}" }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

const all = Object.entries<Endpoint>(endpoints).filter(([, { isStream }]) => !isStream);

test("each endpoint is refused to whoever is not among its callers, and to no caller of its own", async () => {
  const stage = openTaskStage(test42);
  const { runnerId, jobs, environmentId } = await stage.prepare();
  const { path } = await stage.addTask(environmentId);
  const job = await eventually(async () => jobs[0]);
  const { Token: runner } = await admin.call("generateRunnerToken", {
    path: { tenantId, runnerId, tokenId: randomUUID() },
    body: { TTLDays: 1 },
  });
  const { JWT } = await admin.call("createUserToken", { path: { tenantId, tokenId: randomUUID() } });
  const tokens: Readonly<Record<PrincipalKind, string>> = {
    admin: test42.server.adminToken ?? "",
    user: `p42u_${JWT}`,
    runner,
    agent: job.AgentToken,
  };
  const ids = { tenantId, runnerId, taskId: path.taskId, turnIndex: "1" };
  for (const [name, endpoint] of all) {
    for (const [kind, token] of Object.entries(tokens) as [PrincipalKind, string][]) {
      const { status, body } = await call(endpoint, token, ids);
      const isRefused = status === 403 && body.Message.endsWith(`may not call ${name}`);
      expect([name, kind, isRefused]).toEqual([name, kind, !endpoint.callers.includes(kind)]);
    }
  }
  await stage.stopRunners();
}, 120_000);

test("no endpoint of a tenant is open to another tenant's user, runner or agent", async () => {
  const other = randomUUID();
  await admin.call("createTenant", { path: { tenantId: other }, body: { Type: "User" } as never });
  const { JWT } = await admin.call("createUserToken", { path: { tenantId: other, tokenId: randomUUID() } });
  const { token: runner } = await test42.addRunner();
  const stage = openTaskStage(test42);
  const { jobs, environmentId } = await stage.prepare();
  await stage.addTask(environmentId);
  const { AgentToken } = await eventually(async () => jobs[0]);
  for (const [name, endpoint] of all.filter(([, { path }]) => path.includes("{tenantId}"))) {
    expect([name, (await call(endpoint, `p42u_${JWT}`, { tenantId, turnIndex: "1" })).status]).toEqual([
      name,
      403,
    ]);
    for (const token of [runner, AgentToken]) {
      expect([name, (await call(endpoint, token, { tenantId: other, turnIndex: "1" })).status]).toEqual([
        name,
        403,
      ]);
    }
  }
  // Where the path names no tenant, there is nothing of another to be found.
  const user = createClient({ url: test42.server.url, token: `p42u_${JWT}` });
  const { path } = await stage.addTask(undefined);
  const search = (query: object) => user.call("searchTasks", { path: {}, query, body: {} });
  expect((await search({ taskId: path.taskId })).Items).toEqual([]);
  expect(await refusal(search({ taskId: path.taskId, tenantID: tenantId }))).toMatchObject({ status: 403 });
  await stage.stopRunners();
}, 120_000);

test("a runner reaches its own queues and what it has to read, nothing else", async () => {
  const [own, other] = [await test42.addRunner(), await test42.addRunner()];
  const queue = { tenantId, runnerId: other.runnerId, queueId: randomUUID() };
  const body = { PublicKey: publicKeyToPem(generateKeyPair().publicKey) };
  expect(await refusal(own.client.call("registerRunnerQueue", { path: queue, body }))).toMatchObject({
    status: 403,
  });
  expect(await refusal(own.client.call("getMessagesBatch", { path: queue }))).toMatchObject({
    status: 403,
  });
  for (const call of [
    () => own.client.call("listTasks", { path: { tenantId } }),
    () => own.client.call("listRunners", { path: { tenantId } }),
    () => own.client.call("getCurrentUser", { path: {} }),
    () =>
      own.client.call("listRunnerQueues", {
        path: {},
        query: { tenantID: tenantId, runnerID: other.runnerId },
      }),
    () => own.client.call("listRunnerQueues", { path: {} }),
    () => own.client.call("listGithubConnections", { path: { tenantId: randomUUID() } }),
  ]) {
    expect(await refusal(call())).toMatchObject({ status: 403, errorType: "Forbidden" });
  }
  await own.client.call("listGithubConnections", { path: { tenantId } });
});

test("an admin makes tenants; their users see nothing of others", async () => {
  const other = randomUUID();
  await admin.call("createTenant", {
    path: { tenantId: other },
    body: { Type: "Organization", OrgName: "other" } as never,
  });
  const { JWT } = await admin.call("createUserToken", { path: { tenantId: other, tokenId: randomUUID() } });
  const user = test42.clientWith(`p42u_${JWT}`);
  expect(await user.call("getCurrentUser", { path: {} })).toMatchObject({
    TenantId: other,
    OrgName: "other",
  });
  expect((await user.call("listTenants", { path: {} })).Items).toHaveLength(1);
  expect(await refusal(user.call("listRunners", { path: { tenantId } }))).toMatchObject({ status: 403 });
  expect(await refusal(user.call("listActiveTurns", { path: {} }))).toMatchObject({ status: 403 });
  expect(await refusal(admin.call("listRunners", { path: { tenantId: other } }))).toMatchObject({
    status: 403,
  });
  expect((await admin.call("listTenants", { path: {} })).Items.length).toBeGreaterThan(1);
});

test("every endpoint asks for a token", async () => {
  for (const { method, path } of Object.values(endpoints)) {
    const url = path.replace("{turnIndex}", "1").replace(/\{\w+\}/g, tenantId);
    const { status } = await fetch(test42.server.url + url, { method });
    // Those who guess are slowed down on the way.
    expect([401, 429], `${method} ${path}`).toContain(status);
  }
});
