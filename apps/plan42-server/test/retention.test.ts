import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Storage } from "../src/services/create-services.ts";
import { embeddedStorage, eventually, removeStorage, startServer, type TestServer } from "./harness.ts";
import { findPostgres, startPostgres, type TestPostgres } from "./postgres.ts";
import { openTaskStage } from "./task-stage.ts";

const programs = findPostgres();
const timing = { checkInterval: 2_000, retention: 3_000 };

describe.each([
  { kind: "one server on its embedded database", count: 1, isHere: true },
  { kind: "two servers on one Postgres", count: 2, isHere: programs !== undefined },
])("$kind", ({ count, isHere }) => {
  describe.skipIf(!isHere)("retention", () => {
    let postgres: TestPostgres | undefined;
    let storage: Storage;
    const servers: TestServer[] = [];
    beforeAll(async () => {
      if (count > 1) {
        postgres = await startPostgres(programs ?? "");
        storage = { kind: "postgres", url: postgres.url };
      } else storage = embeddedStorage();
      for (let index = 0; index < count; index += 1) servers.push(await startServer(storage, { timing }));
    });
    afterAll(async () => {
      for (const server of servers) await server.stop();
      await postgres?.stop();
      removeStorage(storage);
      for (const { errors } of servers) expect(errors.map(String)).toEqual([]);
    });

    test("what has ended goes by itself, what is open stays", async () => {
      const [server] = servers;
      if (!server) throw new Error("no server");
      const { admin, tenantId } = server;
      const stage = openTaskStage(server);
      const { jobs, environmentId } = await stage.prepare();
      const open = await stage.addTask(environmentId);
      await eventually(async () => jobs[0]);
      await Promise.all(Array.from({ length: 30 }, () => stage.addTask(undefined)));
      const list = async () =>
        (await admin.call("listTasks", { path: { tenantId }, query: { maxResults: 500 } })).Items;
      expect((await list()).length).toBe(31);
      const left = await eventually(async () => {
        const items = await list();
        return items.length === 1 && items;
      }, 30_000);
      expect(left[0]?.TaskId).toBe(open.path.taskId);
      await stage.stopRunners();
    }, 90_000);
  });
});
