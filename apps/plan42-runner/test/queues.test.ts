import { generateKeyPairSync } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareInvocation, startFakeGithub } from "@plano/plan42-testkit";
import { afterEach, expect, test, vi } from "vitest";
import { agentImage, openWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
afterEach(async () => {
  await place.close();
  expect(place.service.violations).toEqual([]);
});

const wait = { timeout: 30_000, interval: 20 };
const patiently = new AbortController().signal;
const ping = () => place.service.send({ Type: "PingRequest" });
const queueIds = () => [...place.service.queues.all.keys()];

test("a job does not depend on the queue that brought it", async () => {
  const go = Promise.withResolvers<void>();
  place = await openWorkplace({
    agent: async ({ signal }) => {
      await Promise.race([go.promise, new Promise((resolve) => signal.addEventListener("abort", resolve))]);
      return signal.aborted ? 143 : 5;
    },
  });
  await place.start();
  const { record, message } = prepareInvocation(place.service, { image: agentImage });
  await place.service.send(message);
  await vi.waitFor(() => expect(place.runner.status().jobs[0]?.step).toBe("running"), wait);
  const [first] = queueIds();
  place.service.queues.drop(first ?? "");
  await vi.waitFor(() => expect(queueIds()).toHaveLength(1), wait);
  expect(await ping()).toEqual({ Type: "PingResponse" });
  go.resolve();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
  expect(record.turn.ErrorMessage).toBe("agent exited with code 5");
});

test("a queue whose id or key is another's is given up for a new one", async () => {
  place = await openWorkplace();
  const stranger = { QueueID: crypto.randomUUID(), PublicKey: "another key", Version: 3 };
  place.service.fail("PUT", /queues\/[^/]+$/, {
    kind: "answer",
    status: 409,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      ...{ ResponseCode: 409, Message: "taken", ErrorType: "Conflict", CurrentType: "RunnerQueue" },
      Current: stranger,
    }),
  });
  await place.start();
  const registrations = place.service.requests.filter(({ line }) => /^PUT .*\/queues\/[^/]+$/.test(line));
  expect(new Set(registrations.map(({ line }) => line)).size).toBe(2);
  expect(await ping()).toEqual({ Type: "PingResponse" });
});

test("a queue whose registration was never answered is deleted at the end all the same", async () => {
  place = await openWorkplace();
  place.service.fail("PUT", /queues\/[^/]+$/, { kind: "lose-answer" }, 1);
  place.service.fail(
    "PUT",
    /queues\/[^/]+$/,
    { kind: "answer", status: 503, headers: { "Retry-After": "60" } },
    9,
  );
  const starting = place.start();
  await vi.waitFor(() => expect(queueIds()).toHaveLength(1), wait);
  await vi.waitFor(() => expect(place.runner.status().server).toMatch(/503/), wait);
  expect(await place.runner.shutdown(patiently)).toBe("clean");
  await starting;
  expect(queueIds()).toEqual([]);
});

test("marking and deleting a queue outlast a server that is busy", async () => {
  place = await openWorkplace();
  const runner = await place.start();
  place.service.fail("PATCH", /queues\//, { kind: "answer", status: 503 }, 2);
  place.service.fail("DELETE", /queues\//, { kind: "reset" }, 2);
  expect(await runner.shutdown(patiently)).toBe("clean");
  expect(queueIds()).toEqual([]);
});

test("the queues that a killed daemon has left are removed by the next one", async () => {
  place = await openWorkplace();
  const runner = await place.start();
  const [dead = ""] = queueIds();
  const records = join(place.folder, ".local/state/plan42-runner/queues");
  expect(readdirSync(records)).toEqual([dead]);
  expect(await runner.shutdown(patiently)).toBe("clean");
  expect(readdirSync(records)).toEqual([]);
  // As if it had been killed: the server has its queue, and nobody polls it.
  const left = crypto.randomUUID();
  const { publicKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  place.service.queues.register(left, { PublicKey: publicKey });
  for (const queueId of [left, crypto.randomUUID()]) writeFileSync(join(records, queueId), "");
  await place.start();
  await vi.waitFor(() => expect(queueIds()).toHaveLength(1), wait);
  expect(queueIds()).not.toContain(left);
  await vi.waitFor(() => expect(readdirSync(records)).toEqual(queueIds()), wait);
});

test("a queue that is gone already is no error at the end", async () => {
  place = await openWorkplace();
  const runner = await place.start();
  const end = runner.shutdown(patiently);
  for (const queueId of queueIds()) place.service.queues.drop(queueId);
  expect(await end).toBe("clean");
  expect(place.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
});

test("while the runner shuts down, what comes by the open poll is answered: jobs are refused", async () => {
  place = await openWorkplace({ service: { endsPollsOnDrain: false } });
  const runner = await place.start({ pollSeconds: 3 });
  const end = runner.shutdown(patiently);
  const { message } = prepareInvocation(place.service, { image: agentImage });
  expect((await place.service.send(message)).ErrorMessage).toBe("runner is shutting down");
  expect(await end).toBe("clean");
  expect(place.runtime.calls.filter((call) => call.startsWith("create"))).toEqual([]);
});

test("a queue lives until the slowest of its handlers has answered", async () => {
  const github = await startFakeGithub({
    tokens: { token: "octo" },
    organizations: [],
    repositories: {},
    pullRequests: {},
  });
  github.fail({ kind: "silence" });
  place = await openWorkplace({
    toml: `[github.corp]\nname = "corp"\nurl = "${github.url}"\nconnection_id = "X"\ntoken = "token"`,
  });
  const runner = await place.start();
  const answer = place.service.send({
    Type: "ListOrgsForGithubConnectionRequest",
    ...{ TenantID: place.service.tenantId, ConnectionID: "X", MaxResults: 10, Token: null, Search: null },
  });
  await vi.waitFor(() => expect(github.requests).toHaveLength(1), wait);
  const end = runner.shutdown(patiently);
  expect((await answer).ErrorMessage).toEqual(expect.any(String));
  expect(await end).toBe("clean");
  expect(queueIds()).toEqual([]);
  await github.close();
}, 40_000);

test("a caller with a key of another kind cannot be answered, and spoils nothing", async () => {
  place = await openWorkplace();
  await place.start();
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  place.service.queues.enqueue('{"Type":"PingRequest"}', {
    fields: { CallerPublicKey: publicKey.export({ type: "spki", format: "pem" }) },
  });
  expect(await ping()).toEqual({ Type: "PingResponse" });
  expect(JSON.stringify(place.log)).toContain("a caller cannot be answered");
});
