import { randomUUID } from "node:crypto";
import { type Client, listItems } from "@plano/client";
import { endpoints } from "@plano/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { embeddedStorage, removeStorage, startServer, type TestServer } from "./harness.ts";
import { refusal } from "./task-stage.ts";

const storage = embeddedStorage();
let test42: TestServer;
let admin: Client;
let tenantId = "";
beforeAll(async () => {
  test42 = await startServer(storage);
  ({ admin, tenantId } = test42);
});
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
  expect(test42?.errors.map(String)).toEqual([]);
});

/** A request as it is, for what a well-behaved client never sends. */
async function raw(
  path: string,
  init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
) {
  const response = await fetch(test42.server.url + path, {
    ...init,
    headers: { authorization: `APIToken ${test42.server.adminToken}`, ...init.headers },
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const environmentBody = {
  Name: "n",
  Description: "",
  Context: "",
  Repos: ["org/repo"],
  SetupScript: "",
  DockerImage: "org/agent:latest",
  AllowedHosts: [],
  EnvVars: [{ Name: "A", Value: "b", IsSecret: true }],
};

describe("wire", () => {
  test("objects are written with exactly the specified keys", async () => {
    const runnerId = randomUUID();
    const body = JSON.stringify({ name: "n", ISCLOUD: false, RunsTasks: true, Unknown: 1 });
    const { status, text } = await raw(`/v1/tenants/${tenantId}/runners/${runnerId}`, {
      method: "PUT",
      body,
    });
    expect(status).toBe(201);
    expect(Object.keys(JSON.parse(text))).toEqual([
      "TenantId",
      "RunnerId",
      "Name",
      "IsCloud",
      "RunsTasks",
      "ProxiesGithub",
      "CreatedAt",
      "UpdatedAt",
      "Deleted",
      "Version",
    ]);
  });

  test("errors carry their status in the body", async () => {
    const missing = await raw(`/v1/tenants/${tenantId}/runners/${randomUUID()}`);
    expect([missing.status, JSON.parse(missing.text)]).toEqual([
      404,
      { ResponseCode: 404, Message: "no such Runner", ErrorType: "NotFound" },
    ]);
    const nowhere = await raw("/v2/nothing");
    expect(JSON.parse(nowhere.text)).toMatchObject({ ResponseCode: 404, ErrorType: "NotFound" });
  });

  test.each([
    ["a body that is no JSON", { body: "{" }, "the body is no JSON"],
    ["a body that is a list", { body: "[]" }, "body: "],
    ["a field of another type", { body: '{"Name":7}' }, "body: Name: "],
    ["a name that is missing", { body: "{}" }, "body: Name: "],
  ])("refused: %s", async (_name, init, message) => {
    const path = `/v1/tenants/${tenantId}/runners/${randomUUID()}`;
    const { status, text } = await raw(path, { method: "PUT", ...init });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ ResponseCode: 400, ErrorType: "BadRequest" });
    expect(JSON.parse(text).Message).toContain(message);
  });

  test("an id that is no UUID and a version that is missing are refused", async () => {
    const path = `/v1/tenants/${tenantId}/runners`;
    const created = await raw(`${path}/..%2Fx`, { method: "PUT", body: '{"Name":"n"}' });
    expect([created.status, JSON.parse(created.text).Message]).toEqual([
      400,
      expect.stringContaining("runnerId must be a UUID"),
    ]);
    const patched = await raw(`${path}/${randomUUID()}`, { method: "PATCH", body: "{}" });
    expect([patched.status, JSON.parse(patched.text).Message]).toEqual([
      400,
      expect.stringContaining("If-Match"),
    ]);
  });

  test("a body that is too large is refused, with and without a length", async () => {
    const path = `/v1/tenants/${tenantId}/environments/${randomUUID()}`;
    const body = JSON.stringify({ ...environmentBody, Context: "x".repeat(2_200_000) });
    expect((await raw(path, { method: "PUT", body })).status).toBe(413);
    const stream = new Blob([body]).stream();
    const init = { method: "PUT", body: stream, duplex: "half" as const };
    expect((await raw(path, init)).status).toBe(413);
  });

  test("the OpenAPI document has every endpoint", async () => {
    const { text } = await raw("/openapi.json");
    const { paths } = JSON.parse(text);
    for (const { method, path } of Object.values(endpoints)) {
      expect(paths[path]?.[method.toLowerCase()], `${method} ${path}`).toBeDefined();
    }
  });

  test("health answers without a token", async () => {
    expect((await fetch(`${test42.server.url}/healthz`)).status).toBe(200);
    expect((await fetch(`${test42.server.url}/readyz`)).status).toBe(200);
  });
});

describe("versions", () => {
  test("a change of an old version is a 409 that shows the object", async () => {
    const { runnerId } = await test42.addRunner();
    const path = { tenantId, runnerId };
    const change = (ifMatch: number) => admin.call("updateRunner", { path, ifMatch, body: { Name: "new" } });
    expect(await change(1)).toMatchObject({ Name: "new", Version: 2 });
    const error = await refusal(change(1));
    expect(error).toMatchObject({ status: 409, errorType: "Conflict" });
    expect(error.body).toMatchObject({ CurrentType: "Runner", Current: { RunnerId: runnerId, Version: 2 } });
  });

  test("of changes that are made at once one counts", async () => {
    const { runnerId } = await test42.addRunner();
    const path = { tenantId, runnerId };
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) =>
        admin.call("updateRunner", { path, ifMatch: 1, body: { Name: `n${index}` } }),
      ),
    );
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect((await admin.call("getRunner", { path })).Version).toBe(2);
  });

  test("what is deleted softly can be brought back", async () => {
    const { runnerId } = await test42.addRunner();
    const path = { tenantId, runnerId };
    await admin.call("deleteRunner", { path, ifMatch: 1 });
    expect(await refusal(admin.call("getRunner", { path }))).toMatchObject({ status: 404 });
    expect(await admin.call("getRunner", { path, query: { includeDeleted: true } })).toMatchObject({
      Deleted: true,
    });
    expect(
      await refusal(admin.call("updateRunner", { path, ifMatch: 2, body: { Name: "x" } })),
    ).toMatchObject({
      status: 404,
    });
    await admin.call("updateRunner", { path, ifMatch: 2, body: { Deleted: false } });
    expect(await admin.call("getRunner", { path })).toMatchObject({ Deleted: false, Version: 3 });
  });

  test("an id is taken once", async () => {
    const path = { tenantId, environmentId: randomUUID() };
    await admin.call("createEnvironment", { path, body: environmentBody });
    const error = await refusal(admin.call("createEnvironment", { path, body: environmentBody }));
    expect(error.body).toMatchObject({ CurrentType: "Environment", Current: { Name: "n", Version: 1 } });
  });
});

test("lists come in pages, with the aliases that older clients read", async () => {
  const made: string[] = [];
  for (let count = 0; count < 5; count += 1) {
    const path = { tenantId, environmentId: randomUUID() };
    await admin.call("createEnvironment", { path, body: { ...environmentBody, Name: `page ${count}` } });
    made.push(path.environmentId);
  }
  const ids: string[] = [];
  for await (const item of listItems(admin, "listEnvironments", {
    path: { tenantId },
    query: { maxResults: 2 },
  })) {
    ids.push(item.EnvironmentId);
  }
  expect(ids.filter((id) => made.includes(id))).toEqual(made);
  expect(new Set(ids).size).toBe(ids.length);
  const { text } = await raw(`/v1/tenants/${tenantId}/environments?maxResults=1`);
  const page = JSON.parse(text);
  expect(page.Items).toHaveLength(1);
  expect(Object.keys(page)).toEqual(["Items", "NextToken", "Environments"]);
  expect(page.Environments).toEqual(page.Items);
  for (const query of ["maxResults=0", "maxResults=501", "maxResults=x", "token=***"]) {
    expect((await raw(`/v1/tenants/${tenantId}/environments?${query}`)).status, query).toBe(400);
  }
});

test("the other lists have their second names, too", async () => {
  const { runnerId } = await test42.addRunner();
  const tokens = `/v1/tenants/${tenantId}/runners/${runnerId}/tokens`;
  await raw(`${tokens}/${randomUUID()}`, { method: "PUT", body: "{}" });
  const first = JSON.parse((await raw(`${tokens}?maxResults=1`)).text);
  expect(first.NextPageToken).toBe(first.NextToken);
  for (const parameter of ["nextPageToken", "token"]) {
    const next = JSON.parse((await raw(`${tokens}?maxResults=1&${parameter}=${first.NextToken}`)).text);
    expect([next.Items.length, next.NextToken, next.NextPageToken]).toEqual([1, undefined, undefined]);
    expect(next.Items[0].TokenID).not.toBe(first.Items[0].TokenID);
  }
  const taskId = randomUUID();
  const body = JSON.stringify({ Title: "t", Prompt: "p", RepoInfo: {} });
  await raw(`/v1/tenants/${tenantId}/tasks/${taskId}`, { method: "PUT", body });
  const tasks = await raw(`/v1/tenants/${tenantId}/tasks`);
  const found = await raw(`/v1/tasks/search?taskId=${taskId}`, { method: "POST", body: "{}" });
  for (const { text } of [tasks, found]) {
    expect(JSON.parse(text).Tasks).toMatchObject([{ TaskId: taskId }]);
    expect(JSON.parse(text).Items).toEqual(JSON.parse(text).Tasks);
  }
  expect(JSON.parse((await raw(`/v1/tenants/${tenantId}/tasks/${taskId}/turns`)).text).Turns).toEqual([]);
});

test("environments keep what was chosen and stand for the default otherwise", async () => {
  const path = { tenantId, environmentId: randomUUID() };
  const created = await admin.call("createEnvironment", {
    path,
    body: { ...environmentBody, RunnerId: "R" },
  });
  expect(created).toMatchObject({
    RunnerId: "R",
    GithubConnectionId: "default",
    EnvVars: [{ Name: "A", Value: "", IsSecret: true }],
  });
  const changed = await admin.call("updateEnvironment", {
    path,
    ifMatch: 1,
    body: { RunnerId: "", Context: "c" },
  });
  expect(changed).toMatchObject({ RunnerId: "default", Context: "c", Repos: ["org/repo"], Version: 2 });
});

test("an environment that is deleted is gone from lists, and can be brought back", async () => {
  const path = { tenantId, environmentId: randomUUID() };
  await admin.call("createEnvironment", { path, body: environmentBody });
  expect(await refusal(admin.call("deleteEnvironment", { path, ifMatch: 2 }))).toMatchObject({ status: 409 });
  await admin.call("deleteEnvironment", { path, ifMatch: 1 });
  expect(await refusal(admin.call("getEnvironment", { path }))).toMatchObject({ status: 404 });
  const ids = async (includeDeleted: boolean) => {
    const query = { maxResults: 500, includeDeleted };
    return (await admin.call("listEnvironments", { path, query })).Items.map(
      ({ EnvironmentId }) => EnvironmentId,
    );
  };
  expect(await ids(false)).not.toContain(path.environmentId);
  expect(await ids(true)).toContain(path.environmentId);
  await admin.call("updateEnvironment", { path, ifMatch: 2, body: { Deleted: false } });
  expect(await admin.call("getEnvironment", { path })).toMatchObject({
    Name: "n",
    Deleted: false,
    Version: 3,
  });
});

test("a name does not control the terminals of those who list it", async () => {
  const ids = { tenantId, runnerId: randomUUID(), environmentId: randomUUID(), connectionId: randomUUID() };
  const Name = "n\u001b]0;owned\u0007";
  for (const call of [
    admin.call("createRunner", {
      path: ids,
      body: { Name, IsCloud: false, RunsTasks: true, ProxiesGithub: true },
    }),
    admin.call("createEnvironment", { path: ids, body: { ...environmentBody, Name } }),
    admin.call("createGithubConnection", { path: ids, body: { Private: true, RunnerID: "R", Name } }),
  ]) {
    expect(await refusal(call)).toMatchObject({
      status: 400,
      body: { Message: expect.stringContaining("Name: it has control characters") },
    });
  }
});

test("a private connection needs its runner and a name, and no user", async () => {
  const path = { tenantId, connectionId: randomUUID() };
  const create = (body: object) =>
    admin.call("createGithubConnection", { path, body: { Private: true, ...body } });
  expect(await refusal(create({ Name: "n" }))).toMatchObject({ status: 400 });
  expect(await refusal(create({ Name: "n", RunnerID: "R", GithubUserLogin: "u" }))).toMatchObject({
    status: 400,
  });
  expect(await create({ Name: "n", RunnerID: "R" })).toMatchObject({
    Private: true,
    RunnerID: "R",
    Version: 1,
  });
  const listed = await admin.call("listGithubConnections", { path: { tenantId }, query: { private: true } });
  expect(listed.Items.map(({ ConnectionID }) => ConnectionID)).toContain(path.connectionId);
  expect(await refusal(admin.call("deleteGithubConnection", { path, ifMatch: 2 }))).toMatchObject({
    status: 409,
    body: { CurrentType: "GithubConnection", Current: { Version: 1 } },
  });
  await admin.call("deleteGithubConnection", { path, ifMatch: 1 });
  expect(await refusal(admin.call("getGithubConnection", { path }))).toMatchObject({ status: 404 });
});

describe("tokens", () => {
  test("a runner's token is shown once, and what is kept cannot be used", async () => {
    const { runnerId } = await test42.addRunner();
    const path = { tenantId, runnerId, tokenId: randomUUID() };
    const made = await admin.call("generateRunnerToken", { path, body: { TTLDays: 90 } });
    expect(made.Token).toMatch(/^p42r_[\w-]+\.[\w-]+\.[\w-]+$/);
    const kept = await admin.call("getRunnerToken", { path });
    expect(JSON.stringify(kept)).not.toContain(made.Token.split(".")[2]);
    const days = (Date.parse(kept.ExpiresAt) - Date.parse(kept.CreatedAt)) / 86_400_000;
    expect(days).toBeCloseTo(90, 2);
    for (const TTLDays of [0, 366]) {
      const other = { ...path, tokenId: randomUUID() };
      expect(
        await refusal(admin.call("generateRunnerToken", { path: other, body: { TTLDays } })),
      ).toMatchObject({
        status: 400,
      });
    }
  });

  test("a revoked token ends at once", async () => {
    const { runnerId } = await test42.addRunner();
    const path = { tenantId, runnerId, tokenId: randomUUID() };
    const { Token } = await admin.call("generateRunnerToken", { path, body: { TTLDays: 1 } });
    const client = test42.clientWith(Token);
    await client.call("listGithubConnections", { path: { tenantId } });
    await admin.call("revokeRunnerToken", { path, ifMatch: 1 });
    const error = await refusal(client.call("listGithubConnections", { path: { tenantId } }));
    expect(error).toMatchObject({ status: 401, errorType: "Unauthorized" });
    const listed = await admin.call("listRunnerTokens", { path });
    expect(listed.Items.map(({ TokenID }) => TokenID)).not.toContain(path.tokenId);
  });

  test("the tokens of a deleted runner are no good", async () => {
    const { runnerId, client } = await test42.addRunner();
    await client.call("listGithubConnections", { path: { tenantId } });
    await admin.call("deleteRunner", { path: { tenantId, runnerId }, ifMatch: 1 });
    expect(await refusal(client.call("listGithubConnections", { path: { tenantId } }))).toMatchObject({
      status: 401,
    });
  });

  test.each([[""], ["p42r_a.b.c"], ["p42r_eyJhbGciOiJub25lIn0.eyJzdWIiOiJ0In0.c2ln"], ["nonsense"]])(
    "refused: %s",
    async (token) => {
      const error = await refusal(test42.clientWith(token).call("listTenants", { path: {} }));
      expect(error.status).toBe(401);
      if (token.length > 5) expect(error.message).not.toContain(token);
    },
  );

  test("a page's token acts as the user and goes as WebUIToken", async () => {
    const { JWT } = await admin.call("createUserToken", { path: { tenantId, tokenId: randomUUID() } });
    const headers = { authorization: `WebUIToken ${JWT}` };
    expect((await raw(`/v1/tenants/${tenantId}/tasks`, { headers })).status).toBe(200);
    const other = await raw(`/v1/tenants/${randomUUID()}`, { method: "PUT", body: "{}", headers });
    expect(other.status).toBe(403);
  });
});
