import { randomUUID } from "node:crypto";
import { type Client, openTurn } from "@plano/client";
import { type FakeGithub, startFakeGithub } from "@plano/plan42-testkit";
import type { BodyOf } from "@plano/protocol";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";
import { openTaskStage, refusal, type TaskStage } from "./task-stage.ts";

const storage = embeddedStorage();
const token = "gho_kept-by-the-server";
let test42: TestServer;
let stage: TaskStage;
let admin: Client;
let tenantId = "";
let github: FakeGithub;
beforeAll(async () => {
  github = await startFakeGithub({
    tokens: { [token]: "octo-user" },
    organizations: ["alpha", "beta", "gamma"],
    repositories: { "alpha/repo-1": ["main", "feature/one"], "alpha/repo-2": ["main"] },
    pullRequests: {
      "alpha/repo-1#7": { comments: [{ id: "c-1", author: "reviewer", body: "please change" }] },
    },
  });
  test42 = await startServer(storage, { githubUrl: github.url, timing: { checkInterval: 60_000 } });
  ({ admin, tenantId } = test42);
  stage = openTaskStage(test42);
});
afterEach(() => stage.stopRunners());
afterAll(async () => {
  await test42?.stop();
  await github?.close();
  removeStorage(storage);
  expect(test42?.errors.map(String)).toEqual([]);
});

/** A connection whose token the server keeps. */
async function addConnection(change: BodyOf<"updateGithubConnection"> = { OAuthToken: token }) {
  const path = { tenantId, connectionId: randomUUID() };
  await admin.call("createGithubConnection", { path, body: { Private: false, Name: "c" } });
  const changed = await admin.call("updateGithubConnection", { path, ifMatch: 1, body: change });
  return { path, changed };
}

/** A job of a new task whose environment has the connection. */
async function startJob(connectionId: string) {
  const { runnerId, jobs } = await stage.prepare();
  const environmentId = await stage.addEnvironment({ RunnerId: runnerId, GithubConnectionId: connectionId });
  const RepoInfo = { "alpha/repo-1": { PRNumber: 7, FeatureBranch: "f", TargetBranch: "main" } };
  const { path, turnPath } = await stage.addTask(environmentId, { RepoInfo });
  const job = await eventually(async () => jobs[0]);
  const agent = test42.clientWith(job.AgentToken);
  return { job, jobs, path, turnPath, agent, session: openTurn(agent, job.Turn) };
}

test("a token that the server keeps goes to jobs, and to their agents while they run, and is never shown", async () => {
  const { path, changed } = await addConnection({
    OAuthToken: token,
    RefreshToken: "ghr_refresh",
    State: "s",
  });
  const shown = [
    changed,
    await admin.call("getGithubConnection", { path }),
    await admin.call("listGithubConnections", { path, query: { maxResults: 500 } }),
  ];
  expect(JSON.stringify(shown)).not.toMatch(/gho_|ghr_/);
  expect(changed).toMatchObject({ State: "s", Version: 2 });

  const { job, path: taskPath, agent, session } = await startJob(path.connectionId);
  expect(job).toMatchObject({
    GithubToken: token,
    GithubURL: github.url,
    PrivateGithubConnectionID: null,
    FeedBack: null,
  });
  const credentials = { path: taskPath };
  expect(await agent.call("getTaskGithubCreds", credentials)).toEqual({ GithubToken: token });
  expect(await admin.call("getTaskGithubCreds", credentials)).toEqual({ GithubToken: token });
  const other = await stage.addTask(undefined);
  expect(await refusal(agent.call("getTaskGithubCreds", { path: other.path }))).toMatchObject({
    status: 403,
  });
  await session.update({ Status: "Completed" });
  expect(await refusal(agent.call("getTaskGithubCreds", credentials))).toMatchObject({
    status: 403,
    body: { Message: "the turn has ended" },
  });
});

test("the next turn brings what reviewers said; when that cannot be had, the turn fails and says so", async () => {
  const { path } = await addConnection();
  const { jobs, path: taskPath, session } = await startJob(path.connectionId);
  await session.update({ Status: "Completed" });
  const next = (turnIndex: string) =>
    admin.call("createTurn", { path: { ...taskPath, turnIndex }, body: { Prompt: "again" } });
  await next("2");
  const job = await eventually(async () => jobs[1]);
  expect(job.FeedBack).toMatchObject({
    "alpha/repo-1": [{ Comments: [{ User: "reviewer", Body: "please change" }] }],
  });
  await openTurn(test42.clientWith(job.AgentToken), job.Turn).update({ Status: "Completed" });

  github.fail({ kind: "answer", status: 401 });
  await next("3");
  const failed = await stage.ended({ ...taskPath, turnIndex: "3" });
  expect(failed.ErrorMessage).toMatch(/^the feedback on the pull requests cannot be fetched: .* 401/);
  expect(failed.ErrorMessage).not.toContain(token);
});

test("a token that has expired fails the turn; a new one makes it good again", async () => {
  const expired = { OAuthToken: token, TokenExpiry: "2020-01-01T00:00:00Z" };
  const { path } = await addConnection(expired);
  const { runnerId } = await stage.prepare();
  const environmentId = await stage.addEnvironment({
    RunnerId: runnerId,
    GithubConnectionId: path.connectionId,
  });
  const { path: taskPath, turnPath } = await stage.addTask(environmentId);
  expect((await stage.ended(turnPath)).ErrorMessage).toBe(
    "the token of the connection to GitHub has expired",
  );
  const credentials = () => admin.call("getTaskGithubCreds", { path: taskPath });
  expect(await refusal(credentials())).toMatchObject({ status: 404 });
  await admin.call("updateGithubConnection", { path, ifMatch: 2, body: { OAuthToken: `${token}-2` } });
  expect(await credentials()).toEqual({ GithubToken: `${token}-2` });
  await admin.call("updateGithubConnection", { path, ifMatch: 3, body: { OAuthToken: "" } });
  expect((await refusal(credentials())).message).toContain("the connection to GitHub has no token");
});

test("the token of a private connection stays with its runner", async () => {
  const { runnerId, environmentId } = await stage.prepare();
  const path = { tenantId, connectionId: randomUUID() };
  const body = { Private: true, RunnerID: runnerId, Name: "corp" };
  await admin.call("createGithubConnection", { path, body });
  const change = admin.call("updateGithubConnection", { path, ifMatch: 1, body: { OAuthToken: token } });
  expect(await refusal(change)).toMatchObject({ status: 400 });
  const environment = { tenantId, environmentId };
  await admin.call("updateEnvironment", {
    path: environment,
    ifMatch: 1,
    body: { GithubConnectionId: path.connectionId },
  });
  const task = await stage.addTask(environmentId);
  const refused = await refusal(admin.call("getTaskGithubCreds", { path: task.path }));
  expect(refused).toMatchObject({ status: 404 });
  expect(refused.message).toContain("its token is with its runner");

  // One that becomes private forgets the token that the server kept.
  const turned = await addConnection();
  const privately = { Private: true, RunnerID: runnerId };
  await admin.call("updateGithubConnection", { path: turned.path, ifMatch: 2, body: privately });
  await admin.call("updateGithubConnection", { path: turned.path, ifMatch: 3, body: { Private: false } });
  const orgs = admin.call("listOrgs", { path: turned.path });
  expect((await refusal(orgs)).message).toContain("has no token");
});

test("organisations, repositories and branches are listed with the server's token, page by page", async () => {
  const { path } = await addConnection();
  const all: string[] = [];
  let next: string | undefined;
  do {
    const query = { maxResults: 3, ...(next !== undefined && { token: next }) };
    const { Items, NextToken } = await admin.call("listOrgs", { path, query });
    all.push(...Items);
    next = NextToken;
  } while (next !== undefined);
  expect(all).toEqual(["alpha", "beta", "gamma", "octo-user"]);
  const repositories = { ...path, org: "alpha" };
  const found = await admin.call("searchRepos", {
    path: repositories,
    query: { search: "repo", maxResults: 1 },
  });
  expect(found).toMatchObject({ Items: ["alpha/repo-1"], NextToken: expect.any(String) });
  const branches = { ...repositories, repo: "repo-1" };
  expect(await admin.call("listBranches", { path: branches, query: { search: "feature" } })).toEqual({
    Items: ["feature/one"],
  });
  for (const query of [{ maxResults: 101 }, { token: "***" }]) {
    expect(await refusal(admin.call("listOrgs", { path, query }))).toMatchObject({ status: 400 });
  }
  const strange = { ...branches, repo: "no/../such" };
  expect(await refusal(admin.call("listBranches", { path: strange }))).toMatchObject({ status: 400 });
  github.fail({ kind: "answer", status: 401 });
  expect(await refusal(admin.call("listOrgs", { path }))).toMatchObject({
    status: 502,
    errorType: "GithubError",
  });
});
