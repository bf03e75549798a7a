import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually, startServer, type TestServer } from "./harness.ts";
import { storageKinds, type TestStorage } from "./storages.ts";
import { openTaskStage } from "./task-stage.ts";

/** Long enough that nothing goes while the test still adds. */
const timing = { checkInterval: 2_000, retention: 8_000 };

describe.each(storageKinds)("$kind", ({ kind, isHere, open }) => {
  describe.skipIf(!isHere)("retention", () => {
    let opened: TestStorage;
    const servers: TestServer[] = [];
    beforeAll(async () => {
      opened = await open();
      const count = kind === "Postgres" ? 2 : 1;
      while (servers.length < count) servers.push(await startServer(opened.storage, { timing }));
    });
    afterAll(async () => {
      for (const server of servers) await server.stop();
      await opened?.remove();
      for (const { errors } of servers) expect(errors.map(String)).toEqual([]);
    });

    test("what has ended goes by itself, what is open stays", async () => {
      const [server] = servers;
      if (!server) throw new Error("no server");
      const { admin, tenantId } = server;
      const stage = openTaskStage(server);
      const { jobs, environmentId } = await stage.prepare();
      const going = await stage.addTask(environmentId);
      await eventually(async () => jobs[0]);
      await Promise.all(Array.from({ length: 30 }, () => stage.addTask(undefined)));
      const list = async () =>
        (await admin.call("listTasks", { path: { tenantId }, query: { maxResults: 500 } })).Items;
      expect((await list()).length).toBe(31);
      const left = await eventually(async () => {
        const items = await list();
        return items.length === 1 && items;
      }, 30_000);
      expect(left[0]?.TaskId).toBe(going.path.taskId);
      await stage.stopRunners();
    }, 90_000);
  });
});
