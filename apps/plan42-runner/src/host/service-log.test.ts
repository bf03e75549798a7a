import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createServiceLog } from "./service-log.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "p42-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a service's log that gets too long is begun anew, and what it held is kept once", () => {
  const path = join(folder, "log.txt");
  const descriptor = openSync(path, "a");
  const write = (line: string) => void writeSync(descriptor, line);
  const log = createServiceLog({ descriptor, write, path, limit: 30 });
  for (let count = 0; count < 10; count += 1) log(`line ${count} ...\n`);
  closeSync(descriptor);
  // Twelve bytes a line: three fit before it is too long.
  expect(readFileSync(path, "utf8")).toBe("line 9 ...\n");
  expect(readFileSync(`${path}.1`, "utf8")).toBe("line 6 ...\nline 7 ...\nline 8 ...\n");
});

test("another file than the service's is left as it is", () => {
  const path = join(folder, "other");
  const descriptor = openSync(path, "a");
  const write = (line: string) => void writeSync(descriptor, line);
  for (const named of [join(folder, "log.txt"), folder]) {
    const log = createServiceLog({ descriptor, write, path: named, limit: 5 });
    for (let count = 0; count < 3; count += 1) log("a line\n");
  }
  closeSync(descriptor);
  expect(readFileSync(path, "utf8")).toBe("a line\n".repeat(6));
  expect(readdirSync(folder)).toEqual(["other"]);
});
