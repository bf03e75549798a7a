import { randomUUID } from "node:crypto";
import { streamTurnLogs } from "@plano/client";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Storage } from "../src/services/create-services.ts";
import { startFakeRunner } from "./fake-runner.ts";
import { eventually, startServer, type TestServer } from "./harness.ts";
import { findPostgres, startPostgres, type TestPostgres } from "./postgres.ts";

const programs = findPostgres();

describe.skipIf(programs === undefined)("two servers on one Postgres", () => {
  let postgres: TestPostgres;
  let storage: Storage;
  let one: TestServer;
  let two: TestServer;
  let tenantId = "";
  const timing = { checkInterval: 60_000, pingLimit: 5_000 };

  beforeAll(async () => {
    postgres = await startPostgres(programs ?? "");
    storage = { kind: "postgres", url: postgres.url };
    // They start at once, on a database that is empty.
    const started = await Promise.all([startServer(storage, { timing }), startServer(storage, { timing })]);
    const first = started.find(({ server }) => server.adminToken !== undefined);
    const second = started.find((server) => server !== first);
    if (!first || !second) throw new Error("no server has made the tenant");
    expect(second.server.adminToken).toBeUndefined();
    [one, two] = [first, second];
    ({ tenantId } = one);
  });
  afterAll(async () => {
    await one?.stop();
    await two?.stop();
    await postgres?.stop();
  });

  const on = (server: TestServer, token: string) => server.clientWith(token);
  const adminToken = () => one.server.adminToken ?? "";

  test("agree on the tenant, and a token of one works on the other until it is revoked", async () => {
    expect(two.tenantId).toBe(tenantId);
    const { runnerId } = await one.addRunner();
    const path = { tenantId, runnerId, tokenId: randomUUID() };
    const { Token } = await one.admin.call("generateRunnerToken", { path, body: { TTLDays: 1 } });
    const runner = on(two, Token);
    await runner.call("listGithubConnections", { path: { tenantId } });
    await one.admin.call("revokeRunnerToken", { path, ifMatch: 1 });
    await eventually(async () => {
      const answer = await runner
        .call("listGithubConnections", { path: { tenantId } })
        .catch((error) => error);
      return answer.status === 401;
    }, 2_000);
  });

  test("a message that one sends wakes the poll at the other, whose answer goes back", async () => {
    const { runnerId, token } = await one.addRunner();
    const runner = await startFakeRunner({ client: on(two, token), tenantId, runnerId });
    const times: number[] = [];
    for (let count = 0; count < 20; count += 1) {
      const start = performance.now();
      await one.admin.call("pingRunnerQueue", { path: runner.path });
      times.push(performance.now() - start);
    }
    expect(runner.received).toHaveLength(20);
    // Without a wake-up each would take until the poll looks again by itself.
    expect(times.toSorted((first, second) => first - second)[10]).toBeLessThan(1_000);
    await runner.stop();
  });

  test("two polls of one queue, one at each, share its messages", async () => {
    const { runnerId, token } = await one.addRunner();
    const runner = await startFakeRunner({ client: on(one, token), tenantId, runnerId });
    let elsewhere = 0;
    const stop = new AbortController();
    const stealing = (async () => {
      for (;;) {
        const batch = await on(two, token).call("getMessagesBatch", {
          path: runner.path,
          query: { maxWaitSeconds: 30 },
          signal: stop.signal,
        });
        elsewhere += batch.Messages.length;
      }
    })().catch(() => {});
    const pings = Array.from({ length: 30 }, () =>
      on(one, adminToken())
        .call("pingRunnerQueue", { path: runner.path })
        .then(
          () => true,
          () => false,
        ),
    );
    const done = (await Promise.all(pings)).filter((answered) => answered).length;
    stop.abort();
    await stealing;
    expect(done).toBe(runner.received.length);
    expect(done + elsewhere).toBe(30);
    await runner.stop();
  });

  test("draining that one is told of ends the poll at the other", async () => {
    const { runnerId, token } = await one.addRunner();
    const path = { tenantId, runnerId, queueId: randomUUID() };
    const body = { PublicKey: publicKeyToPem(generateKeyPair().publicKey) };
    await on(one, token).call("registerRunnerQueue", { path, body });
    const start = performance.now();
    const poll = on(two, token).call("getMessagesBatch", { path, query: { maxWaitSeconds: 30 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await on(one, token).call("updateRunnerQueue", {
      path,
      ifMatch: 1,
      body: { IsHealthy: false, Draining: true },
    });
    await poll;
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  test("connections that break are made anew, and messages go on", async () => {
    const { runnerId, token } = await one.addRunner();
    await postgres.breakConnections();
    const runner = await eventually(() =>
      startFakeRunner({ client: on(two, token), tenantId, runnerId, maxWaitSeconds: 1 }).catch(
        () => undefined,
      ),
    );
    await eventually(() =>
      one.admin.call("pingRunnerQueue", { path: runner.path }).then(
        () => true,
        () => false,
      ),
    );
    await runner.stop();
  });

  test("a log that is uploaded to one is streamed by the other", async () => {
    const { runnerId, token } = await one.addRunner();
    const environmentId = randomUUID();
    await one.admin.call("createEnvironment", {
      path: { tenantId, environmentId },
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
    let agentToken = "";
    const runner = await startFakeRunner({
      client: on(two, token),
      tenantId,
      runnerId,
      handlers: {
        InvokeAgentRequest: async ({ AgentToken }) => {
          agentToken = AgentToken;
          return { Type: "InvokeAgentResponse", ErrorMessage: null };
        },
      },
    });
    const path = { tenantId, taskId: randomUUID(), turnIndex: "1" };
    await one.admin.call("createTask", {
      path,
      body: { Title: "t", Prompt: "p", RepoInfo: {}, EnvironmentId: environmentId },
    });
    await eventually(async () => agentToken !== "");
    const reading = streamTurnLogs(on(two, adminToken()), path);
    const first = reading.next();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const agent = on(one, agentToken);
    const { Version } = await agent.call("getTurn", { path });
    const start = performance.now();
    await agent.call("uploadTurnLogs", {
      path,
      ifMatch: Version,
      body: { Index: 0, Logs: [{ Timestamp: "2026-11-21T08:00:00Z", Message: "hello" }] },
    });
    expect((await first).value).toMatchObject({ Message: "hello" });
    expect(performance.now() - start).toBeLessThan(2_000);
    await reading.return();
    await runner.stop();
  });

  test("each queue is checked by one of them", async () => {
    const checking = { checkInterval: 500, pingLimit: 2_000 };
    const others = await Promise.all([
      startServer(storage, { timing: checking, adminToken: adminToken() }),
      startServer(storage, { timing: checking, adminToken: adminToken() }),
    ]);
    const { runnerId, token } = await one.addRunner();
    const runner = await startFakeRunner({ client: on(two, token), tenantId, runnerId });
    await one.admin.call("pingRunnerQueue", { path: runner.path });
    const before = runner.received.length;
    // The queue's first check is due by the interval of the server that registered it, which is long.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(runner.received.length - before).toBe(0);
    const { runnerId: other, token: otherToken } = await one.addRunner();
    const checked = await startFakeRunner({ client: on(others[0], otherToken), tenantId, runnerId: other });
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    // About one each half second; twice as many if both had checked.
    expect(checked.received.length).toBeGreaterThanOrEqual(2);
    expect(checked.received.length).toBeLessThanOrEqual(7);
    await Promise.all([runner.stop(), checked.stop()]);
    await Promise.all(others.map((server) => server.stop()));
  });
});
