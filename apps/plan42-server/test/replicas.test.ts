import { randomUUID } from "node:crypto";
import { streamTurnLogs } from "@plano/client";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { OpenDatabase } from "../src/database/database.ts";
import { openPostgres } from "../src/database/postgres.ts";
import { createLocalEvents } from "../src/events/events.ts";
import type { Storage } from "../src/services/create-services.ts";
import { checkQueues } from "../src/services/health-checks.ts";
import type { RunnerCalls } from "../src/services/runner-calls.ts";
import { startFakeRunner } from "./fake-runner.ts";
import { eventually, migrationsFolder, startServer, type TestServer } from "./harness.ts";
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

  test("queues are checked at their interval, whoever does it", async () => {
    // On a database of their own, as whoever claims a check says when the next is due: all here say the same.
    const shared: Storage = { kind: "postgres", url: await postgres.createDatabase("checks") };
    const checkInterval = 500;
    const checking = { checkInterval, pingLimit: 5_000 };
    const first = await startServer(shared, { timing: checking });
    const second = await startServer(shared, { timing: checking });
    const { runnerId, token } = await first.addRunner();
    const sent: number[] = [];
    const runner = await startFakeRunner({
      client: on(second, token),
      tenantId: first.tenantId,
      runnerId,
      handlers: {
        PingRequest: async (_, { CreatedAt }) => {
          sent.push(Date.parse(CreatedAt));
          return { Type: "PingResponse" };
        },
      },
    });
    await eventually(async () => sent.length > 6, 30_000);
    // Six intervals lie between the first check and the seventh; three if both servers had checked.
    expect((sent[6] ?? 0) - (sent[0] ?? 0)).toBeGreaterThan(4.5 * checkInterval);
    await runner.stop();
    await Promise.all([first.stop(), second.stop()]);
  });

  test("a check that several servers find due is made by one of them", async () => {
    const { runnerId, client } = await one.addRunner();
    const queueIds = Array.from({ length: 20 }, () => randomUUID()).toSorted();
    for (const queueId of queueIds) {
      const body = { PublicKey: publicKeyToPem(generateKeyPair().publicKey) };
      await client.call("registerRunnerQueue", { path: { tenantId, runnerId, queueId }, body });
    }
    const checked: string[] = [];
    const calls: Pick<RunnerCalls, "callQueue"> = {
      callQueue: async (queue) => {
        if (queue.runnerId === runnerId) checked.push(queue.queueId);
        throw new Error("nobody answers");
      },
    };
    const pools = await Promise.all(
      [0, 1, 2].map(() => openPostgres(postgres.url, migrationsFolder, () => {})),
    );
    const due = new Date(Date.now() + 2 * timing.checkInterval);
    const check = ({ database }: OpenDatabase) =>
      checkQueues({
        database,
        broker: { removeQueue: async () => {} },
        events: createLocalEvents(),
        calls,
        now: () => due,
        interval: timing.checkInterval,
        limit: timing.pingLimit,
      });
    await Promise.all([...pools, ...pools, ...pools].map(check));
    expect(checked.toSorted()).toEqual(queueIds);
    await Promise.all(pools.map((pool) => pool.close()));
  });
});
