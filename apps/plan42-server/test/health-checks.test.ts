import { randomUUID } from "node:crypto";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFakeRunner } from "./fake-runner.ts";
import { eventually, startServer, type TestServer } from "./harness.ts";
import { storageKinds, type TestStorage } from "./storages.ts";

/** Short, so that ten failed checks do not take five minutes. */
const timing = { checkInterval: 400, pingLimit: 300 };

describe.each(storageKinds)("$kind", ({ isHere, open }) => {
  describe.skipIf(!isHere)("health checks", () => {
    let opened: TestStorage;
    let test42: TestServer;
    beforeAll(async () => {
      opened = await open();
      test42 = await startServer(opened.storage, { timing });
    });
    afterAll(async () => {
      await test42?.stop();
      await opened?.remove();
      expect(test42?.errors.map(String)).toEqual([]);
    });

    test("a queue that nobody polls is unhealthy after two checks and gone after ten", async () => {
      const { runnerId, client } = await test42.addRunner();
      const path = { tenantId: test42.tenantId, runnerId, queueId: randomUUID() };
      const { publicKey } = generateKeyPair();
      await client.call("registerRunnerQueue", { path, body: { PublicKey: publicKeyToPem(publicKey) } });
      const unhealthy = await eventually(async () => {
        const queue = await client.call("getRunnerQueue", { path });
        return !queue.IsHealthy && queue;
      });
      expect(unhealthy.NConsecutiveFailedHealthChecks).toBe(2);
      expect(unhealthy.Version).toBe(3);
      const gone = await eventually(
        () =>
          client.call("getRunnerQueue", { path }).then(
            () => undefined,
            (error) => error,
          ),
        20_000,
      );
      expect(gone).toMatchObject({ status: 404 });
    });

    test("an unhealthy queue is healthy again after one check that is answered", async () => {
      const { runnerId, client } = await test42.addRunner();
      let silent = true;
      const runner = await startFakeRunner({
        client,
        tenantId: test42.tenantId,
        runnerId,
        handlers: {
          PingRequest: () =>
            silent ? new Promise(() => {}) : Promise.resolve({ Type: "PingResponse" as const }),
        },
      });
      const look = () => client.call("getRunnerQueue", { path: runner.path });
      await eventually(async () => !(await look()).IsHealthy);
      silent = false;
      const healthy = await eventually(async () => {
        const queue = await look();
        return queue.IsHealthy && queue;
      });
      expect(healthy).toMatchObject({ NConsecutiveFailedHealthChecks: 0 });
      await runner.stop();
    });
  });
});
