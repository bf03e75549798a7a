import { expect, test } from "vitest";
import type { Endpoint } from "./endpoint.ts";
import { endpoints, pathOf } from "./index.ts";

const all = Object.entries<Endpoint>(endpoints);

test("every segment of a path is escaped", () => {
  expect(
    pathOf("listBranches", { tenantId: "T", connectionId: "X", org: "alpha", repo: "foo/../../bar" }),
  ).toBe("/v1/tenants/T/github-connections/X/orgs/alpha/repos/foo%2F..%2F..%2Fbar/branches");
});

test("no two calls share method and path", () => {
  const keys = all.map(([, { method, path }]) => `${method} ${path.replace(/\{\w+\}/g, "{}")}`);
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

test("runners and agents may do no more than they need", () => {
  const allowed = (kind: "runner" | "agent") =>
    all.filter(([, { callers }]) => callers.includes(kind)).map(([name]) => name);
  expect(allowed("runner").sort()).toEqual([
    "deleteRunnerQueue",
    "getGithubConnection",
    "getLastTurn",
    "getMessagesBatch",
    "getRunnerQueue",
    "getTask",
    "getTurn",
    "listGithubConnections",
    "listRunnerQueues",
    "registerRunnerQueue",
    "updateRunnerQueue",
    "writeResponse",
  ]);
  expect(allowed("agent").sort()).toEqual([
    "getLastTurn",
    "getLastTurnLog",
    "getTask",
    "getTaskGithubCreds",
    "getTurn",
    "updateTask",
    "updateTurn",
    "uploadTurnLogs",
  ]);
});

test("a success without a body is a 204, and what changes an object names its version", () => {
  for (const [name, { status, result, method, ifMatch }] of all) {
    expect([name, status === 204], name).toEqual([name, result === undefined]);
    if (method === "PATCH" || method === "DELETE") expect([name, ifMatch]).toEqual([name, "required"]);
  }
});
