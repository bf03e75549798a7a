import { existsSync } from "node:fs";
import { join } from "node:path";
import { createControlClient } from "@plano/runner-home";
import { afterEach, expect, test, vi } from "vitest";
import { openWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
afterEach(async () => {
  await place.close();
  expect(place.service.violations).toEqual([]);
});

test("a runner registers, answers pings, and leaves nothing behind", async () => {
  place = await openWorkplace();
  const start = performance.now();
  const runner = await place.start();
  expect(performance.now() - start).toBeLessThan(2000);
  for (let count = 0; count < 5; count += 1) {
    expect(await place.service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
  }
  expect(runner.status()).toMatchObject({ server: "ok", queues: [{ phase: "polling" }], draining: false });
  const stop = performance.now();
  expect(await runner.shutdown(new AbortController().signal)).toBe("clean");
  expect(performance.now() - stop).toBeLessThan(2000);
  expect(place.service.queues.all.size).toBe(0);
});

test("who asks a runner that is starting is answered when it has started", async () => {
  place = await openWorkplace();
  const socket = join(place.folder, ".local/state/plan42-runner/control.sock");
  const starting = place.start();
  await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { interval: 1 });
  expect(await createControlClient(socket).status()).toMatchObject({ jobs: [], draining: false });
  await starting;
});

test("500 messages at once are all answered", async () => {
  place = await openWorkplace();
  await place.start();
  const answers = await Promise.all(
    Array.from({ length: 500 }, () => place.service.send({ Type: "PingRequest" })),
  );
  expect(answers).toHaveLength(500);
});

test("one bad message spoils no other, and is answered if its caller can be", async () => {
  place = await openWorkplace();
  await place.start();
  const { queues } = place.service;
  const bad = [
    queues.enqueue("{}", { fields: { Payload: null } }),
    queues.enqueue("{}", {
      fields: { Payload: { EncryptionAlgorithm: "ROT13", EncryptedData: "", EphemeralPublicKey: "" } },
    }),
    queues.enqueue('{"Type":"LaunchRocketRequest"}'),
    queues.enqueue("no json"),
    queues.enqueue('{"Type":"InvokeAgentRequest","Turn":null}'),
  ];
  queues.enqueue("{}", { fields: { CallerPublicKey: "no key" } });
  expect(await place.service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
  const answers = await Promise.all(bad.map(async (id) => JSON.parse(await queues.response(id))));
  expect(answers.map(({ Type }) => Type)).toEqual([
    "ErrorResponse",
    "ErrorResponse",
    "LaunchRocketResponse",
    "ErrorResponse",
    "InvokeAgentResponse",
  ]);
  expect(answers[2].ErrorMessage).toBe("unsupported message type");
  for (const { ErrorMessage } of answers) expect(ErrorMessage).toEqual(expect.any(String));
});

test("a message of 2 MB is answered", async () => {
  place = await openWorkplace();
  await place.start();
  const search = "x".repeat(2 * 1024 * 1024);
  expect(
    await place.service.send({
      Type: "SearchRepoRequest",
      TenantID: place.service.tenantId,
      ConnectionID: "X",
      OrgName: "alpha",
      Search: search,
      MaxResults: null,
      Token: null,
    }),
  ).toEqual({
    Type: "SearchRepoResponse",
    Items: [],
    NextToken: null,
    ErrorMessage: "github connection index not configured",
  });
});

test("a queue that was deleted under the runner is replaced", async () => {
  place = await openWorkplace();
  await place.start();
  const [first] = [...place.service.queues.all.keys()];
  place.service.queues.drop(first ?? "");
  await vi.waitFor(() => expect(place.service.queues.all.size).toBe(1), 5000);
  expect([...place.service.queues.all.keys()]).not.toContain(first);
  expect(await place.service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
});

test("a registration whose answer was lost is recognised as the runner's own", async () => {
  place = await openWorkplace();
  place.service.fail("PUT", /queues\/[^/]+$/, { kind: "lose-answer" });
  await place.start();
  expect(place.service.queues.all.size).toBe(1);
  expect(await place.service.send({ Type: "PingRequest" })).toEqual({ Type: "PingResponse" });
});
