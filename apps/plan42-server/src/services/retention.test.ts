import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { OpenDatabase } from "../database/database.ts";
import { openEmbedded } from "../database/embedded.ts";
import { environments, tasks, tokens, turnLogs, turns } from "../database/schema.ts";
import { removeOld } from "./retention.ts";

const folder = mkdtempSync(join(tmpdir(), "plan42-retention-"));
const before = new Date("2026-06-01T00:00:00Z");
const [old, recent] = [new Date("2026-05-31T00:00:00Z"), new Date("2026-06-02T00:00:00Z")];
let opened: OpenDatabase;
beforeAll(async () => {
  opened = await openEmbedded({
    folder,
    migrationsFolder: fileURLToPath(new URL("../../migrations", import.meta.url)),
    template: inject("databaseTemplate"),
  });
});
afterAll(async () => {
  await opened.close();
  rmSync(folder, { recursive: true, force: true });
});

async function addTask(
  id: string,
  { at, isTerminal, lines }: { at: Date; isTerminal: boolean; lines: number },
) {
  const { database } = opened;
  const common = { tenantId: "t", createdAt: old, updatedAt: at };
  await database.insert(tasks).values({ ...common, id, title: id, prompt: "", repositories: {}, state: "" });
  const turn = { taskId: id, index: 1, prompt: "", commits: {}, status: "", isTerminal };
  await database.insert(turns).values({ ...common, ...turn });
  const entry = { tenantId: "t", taskId: id, turnIndex: 1, timestamp: "", message: "x" };
  for (let first = 0; first < lines; first += 1_000) {
    const count = Math.min(1_000, lines - first);
    await database
      .insert(turnLogs)
      .values(Array.from({ length: count }, (_, index) => ({ ...entry, index: first + index })));
  }
}

test("what has ended long ago goes, in steps; what is open or recent stays whole", async () => {
  const { database, reclaim } = opened;
  await addTask("long", { at: old, isTerminal: true, lines: 11_000 });
  await addTask("short", { at: old, isTerminal: true, lines: 1 });
  await addTask("open", { at: old, isTerminal: false, lines: 2 });
  await addTask("recent", { at: recent, isTerminal: true, lines: 3 });
  const token = { tenantId: "t", kind: "runner" as const, runnerId: "r", signatureHash: "" };
  const stamps = { createdAt: old, updatedAt: old };
  await database.insert(tokens).values([
    { ...token, ...stamps, id: "expired", expiresAt: old },
    { ...token, ...stamps, id: "revoked", expiresAt: recent, revokedAt: old },
    { ...token, ...stamps, id: "good", expiresAt: recent },
  ]);
  const environment = { tenantId: "t", content: {} as never, ...stamps };
  await database.insert(environments).values([
    { ...environment, id: "deleted", deleted: true },
    { ...environment, id: "kept" },
  ]);

  let steps = 0;
  while (await removeOld(database, before)) steps += 1;
  await reclaim();
  expect(steps).toBe(4);
  const ids = async (table: typeof tasks | typeof tokens | typeof environments) =>
    (await database.select({ id: table.id }).from(table)).map(({ id }) => id).sort();
  expect(await ids(tasks)).toEqual(["open", "recent"]);
  expect(await ids(tokens)).toEqual(["good"]);
  expect(await ids(environments)).toEqual(["kept"]);
  expect(await database.$count(turns)).toBe(2);
  expect(await database.$count(turnLogs)).toBe(5);
});
