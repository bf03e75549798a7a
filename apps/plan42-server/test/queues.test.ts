import { randomUUID } from "node:crypto";
import type { Client } from "@plano/client";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type FakeRunner, type FakeRunnerOptions, startFakeRunner } from "./fake-runner.ts";
import { eventually, startServer, type TestServer } from "./harness.ts";
import { storageKinds, type TestStorage } from "./storages.ts";
import { refusal } from "./task-stage.ts";

/** No health check comes between; a message that nobody fetches waits longer than a test takes to fetch it. */
const timing = { checkInterval: 60_000, pingLimit: 1_000, answerLimit: 5_000, fetchLimit: 1_200 };

describe.each(storageKinds)("$kind", ({ isHere, open }) => {
  describe.skipIf(!isHere)("queues", () => {
    let opened: TestStorage;
    let test42: TestServer;
    let tenantId = "";
    let admin: Client;
    const runners: FakeRunner[] = [];

    beforeAll(async () => {
      opened = await open();
      test42 = await startServer(opened.storage, { timing });
      ({ tenantId, admin } = test42);
    });
    afterEach(async () => {
      for (const runner of runners.splice(0)) await runner.stop();
    });
    afterAll(async () => {
      await test42?.stop();
      await opened?.remove();
      expect(test42?.errors.map(String)).toEqual([]);
    });

    const start = async (options: Partial<FakeRunnerOptions> = {}) => {
      const { runnerId, client } = options.runnerId
        ? { runnerId: options.runnerId, client: options.client }
        : await test42.addRunner();
      if (!client) throw new Error("no client");
      const runner = await startFakeRunner({ tenantId, runnerId, client, ...options });
      runners.push(runner);
      return { runner, runnerId, client, path: runner.path };
    };
    const connect = async (runnerId: string) => {
      const path = { tenantId, connectionId: randomUUID() };
      await admin.call("createGithubConnection", {
        path,
        body: { Private: true, RunnerID: runnerId, Name: "c" },
      });
      return path;
    };

    test("a queue is registered as the specification shows it", async () => {
      const { runner } = await start();
      expect(runner.queue).toMatchObject({
        Version: 1,
        IsHealthy: true,
        Draining: false,
        NConsecutiveFailedHealthChecks: 0,
        NConsecutiveSuccessfulHealthChecks: 0,
      });
      expect(runner.queue.PublicKey).toMatch(
        /^-----BEGIN PUBLIC KEY-----\n.{64}\n.{60}\n-----END PUBLIC KEY-----\n$/,
      );
    });

    test("a registration that is repeated is a 409 with the queue; a key comes never again", async () => {
      const { runnerId, client } = await test42.addRunner();
      const path = { tenantId, runnerId, queueId: randomUUID() };
      const body = { PublicKey: publicKeyToPem(generateKeyPair().publicKey) };
      await client.call("registerRunnerQueue", { path, body });
      const repeated = await refusal(client.call("registerRunnerQueue", { path, body }));
      expect(repeated.body).toMatchObject({
        ResponseCode: 409,
        CurrentType: "RunnerQueue",
        Current: { QueueID: path.queueId, PublicKey: body.PublicKey },
      });
      await client.call("deleteRunnerQueue", { path, ifMatch: 1 });
      const again = { ...path, queueId: randomUUID() };
      expect(await refusal(client.call("registerRunnerQueue", { path: again, body }))).toMatchObject({
        status: 409,
      });
      expect(await refusal(client.call("getRunnerQueue", { path: again }))).toMatchObject({ status: 404 });
    });

    test("keys that are none are refused", async () => {
      const { runnerId, client } = await test42.addRunner();
      for (const PublicKey of [
        "",
        "not pem",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
      ]) {
        const path = { tenantId, runnerId, queueId: randomUUID() };
        expect(
          await refusal(client.call("registerRunnerQueue", { path, body: { PublicKey } })),
        ).toMatchObject({
          status: 400,
        });
      }
    });

    test.each(["P-256", "X25519"] as const)(
      "a ping goes round through a queue with a %s key",
      async (type) => {
        const { runner, path } = await start({ keyPair: generateKeyPair(type) });
        await admin.call("pingRunnerQueue", { path });
        expect(runner.received).toHaveLength(1);
        expect(runner.received[0]).toMatchObject({ TenantID: tenantId, QueueID: path.queueId });
      },
    );

    test("a poll waits for a message, and a poll that asks not to wait does not", async () => {
      const { runnerId, client } = await test42.addRunner();
      const path = { tenantId, runnerId, queueId: randomUUID() };
      await client.call("registerRunnerQueue", {
        path,
        body: { PublicKey: publicKeyToPem(generateKeyPair().publicKey) },
      });
      expect((await client.call("getMessagesBatch", { path, query: {} })).Messages).toEqual([]);
      const poll = client.call("getMessagesBatch", { path, query: { maxWaitSeconds: 30 } });
      const ping = refusal(admin.call("pingRunnerQueue", { path }));
      const given = (await poll).Messages;
      expect(given).toHaveLength(1);
      // Nobody answers, and what was given out is not given out again.
      expect(await ping).toMatchObject({ status: 504, errorType: "RunnerTimeout" });
      expect((await client.call("getMessagesBatch", { path, query: {} })).Messages).toEqual([]);
      expect(
        await refusal(client.call("getMessagesBatch", { path, query: { maxWaitSeconds: 121 } })),
      ).toMatchObject({
        status: 400,
      });
    });

    test("a poll whose client has gone takes no message with it", async () => {
      const { runnerId, client } = await test42.addRunner();
      const path = { tenantId, runnerId, queueId: randomUUID() };
      const { publicKey } = generateKeyPair();
      await client.call("registerRunnerQueue", { path, body: { PublicKey: publicKeyToPem(publicKey) } });
      for (let count = 0; count < 5; count += 1) {
        const gone = new AbortController();
        const polling = client.call("getMessagesBatch", {
          path,
          query: { maxWaitSeconds: 30 },
          signal: gone.signal,
        });
        setTimeout(() => gone.abort(), 30 * count);
        await polling.catch(() => {});
      }
      const ping = refusal(admin.call("pingRunnerQueue", { path }));
      const { Messages } = await client.call("getMessagesBatch", { path, query: { maxWaitSeconds: 10 } });
      expect(Messages).toHaveLength(1);
      await ping;
    });

    test("a poll of a queue that goes is a 404", async () => {
      const { runner, client, path } = await start();
      const poll = refusal(client.call("getMessagesBatch", { path, query: { maxWaitSeconds: 30 } }));
      await new Promise((resolve) => setTimeout(resolve, 50));
      const { Version } = await client.call("getRunnerQueue", { path });
      await client.call("deleteRunnerQueue", { path, ifMatch: Version });
      expect(await poll).toMatchObject({ status: 404, errorType: "NotFound" });
      await runner.stop();
    });

    test("the open poll ends when draining starts, later ones are held a second", async () => {
      const { runnerId, client } = await test42.addRunner();
      const path = { tenantId, runnerId, queueId: randomUUID() };
      const { publicKey } = generateKeyPair();
      await client.call("registerRunnerQueue", { path, body: { PublicKey: publicKeyToPem(publicKey) } });
      const started = performance.now();
      const poll = client.call("getMessagesBatch", { path, query: { maxWaitSeconds: 30 } });
      await new Promise((resolve) => setTimeout(resolve, 100));
      const mark = (ifMatch: number, body: object) =>
        client.call("updateRunnerQueue", { path, ifMatch, body });
      expect(await refusal(mark(1, { Draining: true }))).toMatchObject({ status: 400 });
      const marked = await mark(1, { Draining: true, IsHealthy: false });
      expect(marked).toMatchObject({ Draining: true, IsHealthy: false, Version: 2 });
      expect((await poll).Messages).toEqual([]);
      expect(performance.now() - started).toBeLessThan(2_500);
      const held = performance.now();
      expect(
        (await client.call("getMessagesBatch", { path, query: { maxWaitSeconds: 30 } })).Messages,
      ).toEqual([]);
      expect(performance.now() - held).toBeGreaterThan(900);
      expect(performance.now() - held).toBeLessThan(4_000);
      expect(await refusal(mark(2, { Draining: false }))).toMatchObject({ status: 400 });
    });

    test("a draining queue gets no calls, but what was queued can be fetched", async () => {
      const { runnerId, client } = await test42.addRunner();
      const connection = await connect(runnerId);
      const path = { tenantId, runnerId, queueId: randomUUID() };
      const { publicKey } = generateKeyPair();
      await client.call("registerRunnerQueue", { path, body: { PublicKey: publicKeyToPem(publicKey) } });
      const waiting = refusal(admin.call("listOrgs", { path: connection }));
      await new Promise((resolve) => setTimeout(resolve, 300));
      await client.call("updateRunnerQueue", {
        path,
        ifMatch: 1,
        body: { Draining: true, IsHealthy: false },
      });
      expect((await client.call("getMessagesBatch", { path, query: {} })).Messages).toHaveLength(1);
      expect(await refusal(admin.call("listOrgs", { path: connection }))).toMatchObject({
        status: 503,
        errorType: "NoHealthyRunner",
      });
      expect(await waiting).toMatchObject({ status: 504 });
    });

    test("calls go round among a runner's healthy queues", async () => {
      const page = { Items: ["alpha"], NextToken: "n", ErrorMessage: null };
      const handlers = {
        ListOrgsForGithubConnectionRequest: async () => ({
          Type: "ListOrgsForGithubConnectionResponse" as const,
          ...page,
        }),
      };
      const first = await start({ handlers });
      const second = await start({ handlers, runnerId: first.runnerId, client: first.client });
      const path = await connect(first.runnerId);
      for (let count = 0; count < 6; count += 1) {
        expect(await admin.call("listOrgs", { path })).toEqual({ Items: ["alpha"], NextToken: "n" });
      }
      expect(first.runner.received.length).toBeGreaterThanOrEqual(3);
      expect(second.runner.received.length).toBeGreaterThanOrEqual(3);
    });

    test("a runner's refusal comes as a 502 with its words", async () => {
      const { runnerId } = await start({
        handlers: {
          SearchRepoRequest: async ({ Search }) => ({
            Type: "SearchRepoResponse",
            Items: [],
            NextToken: null,
            ErrorMessage: `no ${Search}`,
          }),
        },
      });
      const path = { ...(await connect(runnerId)), org: "a" };
      const error = await refusal(admin.call("searchRepos", { path, query: { search: "x" } }));
      expect(error.body).toEqual({ ResponseCode: 502, Message: "no x", ErrorType: "RunnerError" });
      expect(await refusal(admin.call("searchRepos", { path, query: { maxResults: 101 } }))).toMatchObject({
        status: 400,
      });
    });

    test("a message that a dead queue never fetched goes to another queue, once", async () => {
      const answered: string[] = [];
      const handlers = {
        ListOrgsForGithubConnectionRequest: async (
          _request: object,
          { MessageID }: { MessageID: string },
        ) => {
          answered.push(MessageID);
          return {
            Type: "ListOrgsForGithubConnectionResponse" as const,
            Items: ["a"],
            NextToken: null,
            ErrorMessage: null,
          };
        },
      };
      const { runnerId, client } = await test42.addRunner();
      const dead = { tenantId, runnerId, queueId: randomUUID() };
      await client.call("registerRunnerQueue", {
        path: dead,
        body: { PublicKey: publicKeyToPem(generateKeyPair().publicKey) },
      });
      await start({ runnerId, client, handlers });
      const path = await connect(runnerId);
      const results = await Promise.all([admin.call("listOrgs", { path }), admin.call("listOrgs", { path })]);
      expect(results.map(({ Items }) => Items)).toEqual([["a"], ["a"]]);
      expect(new Set(answered).size).toBe(2);
    });

    test("a message passes by all queues that a runner left behind when it was killed", async () => {
      const { runnerId, client } = await test42.addRunner();
      for (let count = 0; count < 4; count += 1) {
        await client.call("registerRunnerQueue", {
          path: { tenantId, runnerId, queueId: randomUUID() },
          body: { PublicKey: publicKeyToPem(generateKeyPair().publicKey) },
        });
      }
      const Type = "ListOrgsForGithubConnectionResponse" as const;
      const answer = { Type, Items: ["a"], NextToken: null, ErrorMessage: null };
      const handlers = { ListOrgsForGithubConnectionRequest: async () => answer };
      const { runner } = await start({ runnerId, client, handlers });
      const path = await connect(runnerId);
      const all = await Promise.all(Array.from({ length: 5 }, () => admin.call("listOrgs", { path })));
      expect(all.map(({ Items }) => Items)).toEqual(Array.from({ length: 5 }, () => ["a"]));
      expect(new Set(runner.received.map(({ MessageID }) => MessageID)).size).toBe(runner.received.length);
    });

    test("late, second and foreign answers are taken and dropped", async () => {
      const { runner, client, path } = await start();
      await admin.call("pingRunnerQueue", { path });
      const message = runner.received[0];
      if (!message) throw new Error("no message");
      const write = (messageId: string, callerId: string) =>
        client.call("writeResponse", {
          path: { ...path, messageId },
          body: { CallerID: callerId, Payload: message.Payload },
        });
      await write(message.MessageID, message.CallerID);
      await write(randomUUID(), randomUUID());
    });

    test("an answer by another queue than the message's does not count", async () => {
      const { runner: victim, path } = await start({
        handlers: { PingRequest: () => new Promise(() => {}) },
      });
      const attacker = await start();
      const ping = refusal(admin.call("pingRunnerQueue", { path }));
      const message = await eventually(async () => victim.received.at(-1));
      await attacker.client.call("writeResponse", {
        path: { ...attacker.path, messageId: message.MessageID },
        body: { CallerID: message.CallerID, Payload: message.Payload },
      });
      expect(await ping).toMatchObject({ status: 504 });
    });

    test("500 messages at once are each given out and answered once", async () => {
      const { runner, runnerId } = await start({
        handlers: {
          ListOrgsForGithubConnectionRequest: async () => ({
            Type: "ListOrgsForGithubConnectionResponse",
            Items: [],
            NextToken: null,
            ErrorMessage: null,
          }),
        },
      });
      const path = await connect(runnerId);
      const results = await Promise.allSettled(
        Array.from({ length: 500 }, () => admin.call("listOrgs", { path, deadline: 120_000 })),
      );
      // A slow machine may run into the time limit of an answer; what counts is that nothing comes twice.
      const done = results.filter(({ status }) => status === "fulfilled").length;
      expect(done).toBeGreaterThan(0);
      const ids = runner.received.map(({ MessageID }) => MessageID);
      expect(new Set(ids).size).toBe(ids.length);
    });

    test("a message of 2 MB arrives whole", async () => {
      const long = "☃".repeat(700_000);
      const { runnerId } = await start({
        handlers: {
          ListOrgsForGithubConnectionRequest: async () => ({
            Type: "ListOrgsForGithubConnectionResponse",
            Items: [long],
            NextToken: null,
            ErrorMessage: null,
          }),
        },
      });
      const path = await connect(runnerId);
      expect((await admin.call("listOrgs", { path })).Items).toEqual([long]);
    });
  });
});
