import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openEmbedded } from "./embedded.ts";
import { lockFolder } from "./folder-lock.ts";
import { settings } from "./schema.ts";

const migrationsFolder = fileURLToPath(new URL("../../migrations", import.meta.url));
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan42-embedded-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = () => openEmbedded({ folder, migrationsFolder, template: inject("databaseTemplate") });

test("what a first start left half-made is made anew; what was finished stays", async () => {
  mkdirSync(join(folder, "database"));
  writeFileSync(join(folder, "database", "PG_VERSION"), "nonsense");
  const first = await open();
  await first.database.insert(settings).values({ key: "a", value: "b" });
  await first.close();
  const second = await open();
  expect(await second.database.select().from(settings)).toEqual([{ key: "a", value: "b" }]);
  await second.close();
});

test("the lock of a process that is gone is taken over, that of one that lives is not", () => {
  const file = join(folder, "server.pid");
  writeFileSync(file, "4194999\n");
  const unlock = lockFolder(folder);
  unlock();
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, `${process.ppid}\n`);
  expect(() => lockFolder(folder)).toThrow(`another server (process ${process.ppid})`);
  // The same number, but of a process that began at another time.
  writeFileSync(file, `${process.ppid} 1\n`);
  if (existsSync("/proc/1/stat")) lockFolder(folder)();
});

test("a folder that cannot be written to is told", () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  expect(() => lockFolder(join(file, "x"))).toThrow("cannot write to the data folder");
});

test("a database whose files are damaged is told as that", async () => {
  await (await open()).close();
  writeFileSync(join(folder, "database", "PG_VERSION"), "nonsense");
  await expect(open()).rejects.toMatchObject({
    code: "database",
    message: expect.stringContaining(`cannot open the database in ${join(folder, "database")}`),
  });
});
