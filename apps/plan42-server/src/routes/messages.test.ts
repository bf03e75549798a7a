import { generateKeyPair } from "@plano/crypto";
import { expect, test } from "vitest";
import { queueName } from "../broker/broker.ts";
import { createMemoryBroker } from "../broker/memory-broker.ts";
import { createLocalEvents } from "../events/events.ts";
import { messageHandlers } from "./messages.ts";

const path = { tenantId: "t", runnerId: "r", queueId: "q" };
const message = (MessageID: string) => ({
  ...{ TenantID: "t", RunnerID: "r", QueueID: "q", CallerID: "c", CallerPublicKey: "k", CreatedAt: "" },
  MessageID,
  Payload: { EncryptionAlgorithm: "a", EncryptedData: "d", EphemeralPublicKey: "e" },
});

test("messages that were taken for a client that has gone meanwhile are put back, before later ones", async () => {
  const events = createLocalEvents();
  const broker = createMemoryBroker(events);
  const entry = {
    ...path,
    ...{ name: queueName(path), draining: false, isHealthy: true },
    publicKey: generateKeyPair().publicKey,
  };
  const gone = new AbortController();
  const { getMessagesBatch } = messageHandlers({
    broker: {
      ...broker,
      take: async (queue, limit) => {
        const taken = await broker.take(queue, limit);
        await broker.enqueue(message("later"));
        gone.abort();
        return taken;
      },
    },
    queues: { find: async () => entry, polled: () => {} },
    events,
    now: () => new Date(),
    stop: new AbortController().signal,
  });
  await broker.enqueue(message("first"));
  await broker.enqueue(message("second"));
  const answer = await getMessagesBatch({
    ...{ path, query: { maxWaitSeconds: 30 }, body: undefined, ifMatch: undefined },
    principal: { kind: "runner", tenantId: "t", runnerId: "r" },
    signal: gone.signal,
    header: () => undefined,
  });
  expect(answer).toEqual({ Messages: [] });
  const left = await broker.take(queueName(path), 10);
  expect(left.map(({ MessageID }) => MessageID)).toEqual(["first", "second", "later"]);
});
