import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runFiles } from "../gateway/run-files.ts";
import { type DockerFiles, dockerFiles } from "./places.ts";
import { dropSetAside, restoreSetAside, setAside } from "./set-aside.ts";

let home: string;
let files: DockerFiles;

function write(text: string): void {
  for (const folder of [files.config, files.state]) mkdirSync(folder, { recursive: true });
  writeFileSync(files.configFile, text);
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "planoai-aside-"));
  files = dockerFiles(runFiles(home), "plano");
  write("former");
  writeFileSync(files.stateFile, "state of the former");
});
afterEach(() => rmSync(home, { recursive: true }));

test("what was set aside comes back in place of what was written since", () => {
  setAside(files);
  expect(existsSync(files.configFile)).toBe(false);
  write("next");
  restoreSetAside(files);
  expect(readFileSync(files.configFile, "utf8")).toBe("former");
  expect(readFileSync(files.stateFile, "utf8")).toBe("state of the former");
});

test("what was set aside goes when it is not needed any more", () => {
  setAside(files);
  write("next");
  dropSetAside(files);
  restoreSetAside(files);
  expect(existsSync(files.configFile)).toBe(false);
});
