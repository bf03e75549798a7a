import { randomUUID } from "node:crypto";
import { type Endpoint, endpoints } from "@plano/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { embeddedStorage, removeStorage, startServer, type TestServer } from "./harness.ts";

const storage = embeddedStorage();
let test42: TestServer;
beforeAll(async () => {
  test42 = await startServer(storage, { timing: { pingLimit: 50, answerLimit: 50, runnerWait: 50 } });
});
afterAll(async () => {
  await test42?.stop();
  removeStorage(storage);
});

const odd: unknown[] = [
  null,
  true,
  -1,
  2 ** 60,
  1e308,
  0.5,
  "",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "ü☃😀",
  "'; drop table tasks; --",
  "../../etc/passwd",
  "%00",
  "x".repeat(10_000),
  "0000-01-01T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
  "9999-12-31T23:59:59-10:00",
  [],
  [null],
  [{}],
  {},
  { constructor: 1 },
  { "org/repo": { PRNumber: 2 ** 53, PRID: "\u0000" } },
];

/** A generator of numbers that are the same in each run. */
function createRandom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
}

const names = [
  ...new Set(
    "Name Title Prompt Description IsCloud RunsTasks TTLDays PublicKey IsHealthy Draining CallerID Payload Status CompletedAt CommitInfo OutputMessage Index Logs Repos EnvVars AllowedHosts RunnerId EnvironmentId RepoInfo Model Private RunnerID GithubUserID Type Deleted DefaultRunnerID LastHealthCheckAt NConsecutiveFailedHealthChecks".split(
      " ",
    ),
  ),
];

test("no request that an authorised client can think of is an error of the server's own", async () => {
  const random = createRandom(42);
  const pick = <Item>(items: readonly Item[]): Item => items[random(items.length)] as Item;
  const statuses = new Map<number, number>();
  for (let round = 0; round < 25; round += 1) {
    for (const endpoint of Object.values<Endpoint>(endpoints)) {
      const path = endpoint.path.replace(/\{(\w+)\}/g, (_whole, name: string) => {
        if (name === "tenantId") return test42.tenantId;
        if (name === "turnIndex") return pick(["1", "2", "0", "999999999", "-1", "1e3", "%00"]);
        return random(3) === 0
          ? encodeURIComponent(String(pick(odd)).toWellFormed()).slice(0, 300)
          : randomUUID();
      });
      const query = new URLSearchParams();
      for (const key of [
        "maxResults",
        "token",
        "includeDeleted",
        "search",
        "taskId",
        "partition",
        "maxUpdatedAt",
      ]) {
        if (random(3) === 0) query.set(key, String(pick(odd)).slice(0, 200));
      }
      const body: Record<string, unknown> = {};
      for (const name of names) if (random(3) > 0) body[name] = pick(odd);
      if (random(2) === 0) Object.assign(body, { Name: "n", Title: "t", Prompt: "p", RepoInfo: {} });
      const controller = new AbortController();
      const response = await fetch(`${test42.server.url}${path}?${query}`, {
        method: endpoint.method,
        headers: {
          authorization: `APIToken ${test42.server.adminToken}`,
          ...(random(4) > 0 && { "if-match": pick(["0", "1", "2", '"1"', "x", "99999999999"]) }),
        },
        ...(endpoint.method !== "GET" && { body: random(9) === 0 ? "[1" : JSON.stringify(body) }),
        signal: controller.signal,
      });
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
      if (response.status === 500) {
        throw new Error(
          `${endpoint.method} ${path}?${query} ${JSON.stringify(body)}: ${test42.errors.map(String)}`,
        );
      }
      if (response.status >= 400)
        expect(JSON.parse(await response.text()).ResponseCode).toBe(response.status);
      else controller.abort();
    }
  }
  // The requests are odd, not all hopeless.
  expect(statuses.get(201) ?? 0).toBeGreaterThan(10);
  expect(test42.errors.map(String)).toEqual([]);
});

test("no change of what there is, whatever it says, is an error of the server's own", async () => {
  const { tenantId, server, admin } = test42;
  const { runnerId } = await test42.addRunner();
  const [connectionId, environmentId, taskId] = [randomUUID(), randomUUID(), randomUUID()];
  await admin.call("createGithubConnection", { path: { tenantId, connectionId }, body: { Private: false } });
  const paths = [
    `tenants/${tenantId}`,
    ...[`runners/${runnerId}`, `github-connections/${connectionId}`, `environments/${environmentId}`].map(
      (path) => `tenants/${tenantId}/${path}`,
    ),
    `tenants/${tenantId}/tasks/${taskId}`,
  ];
  const send = async (method: string, path: string, version: number, body: object) => {
    const response = await fetch(`${server.url}/v1/${path}`, {
      method,
      headers: { authorization: `APIToken ${server.adminToken}`, "if-match": String(version) },
      body: JSON.stringify(body),
    });
    const answer: { Version?: number; Current?: { Version?: number } } = JSON.parse(await response.text());
    return { status: response.status, answer };
  };
  for (const path of paths.slice(3)) {
    expect((await send("PUT", path, 0, { Name: "n", Title: "t", Prompt: "p" })).status).toBe(201);
  }
  const words = [
    ...names,
    ...["OAuthToken", "RefreshToken", "TokenExpiry", "State", "StateExpiry", "GithubUserLogin", "Context"],
  ];
  let changed = 0;
  for (const path of paths) {
    let version = 1;
    for (const word of words) {
      for (const value of odd) {
        const { status, answer } = await send("PATCH", path, version, { [word]: value });
        if (status === 500) throw new Error(`${path} ${word} ${JSON.stringify(value)}: ${test42.errors}`);
        version = answer.Version ?? answer.Current?.Version ?? version;
        if (status === 200) changed += 1;
      }
    }
  }
  expect(changed).toBeGreaterThan(100);
});

test("delegated rights are refused, not ignored", async () => {
  const response = await fetch(`${test42.server.url}/v1/tenants`, {
    headers: {
      authorization: `APIToken ${test42.server.adminToken}`,
      "X-Event-Horizon-Delegating-Authorization": "WebUIToken x",
    },
  });
  expect(response.status).toBe(403);
});
