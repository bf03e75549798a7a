import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { saveConfig } from "./save-config.ts";

const now = new Date("2026-11-21T10:20:30.456Z");
const edits = [{ path: ["runner", "url"], value: "https://new" }];
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runner-home-"));
  path = join(folder, "plan42-runner.toml");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const rights = (file: string) => statSync(file).mode & 0o777;

test("a new file is for its owner only, and so is its folder", async () => {
  const deep = join(folder, "a", "b", "runner.toml");
  expect(await saveConfig({ path: deep, edits, now })).toEqual({ changed: true, backup: undefined });
  expect(readFileSync(deep, "utf8")).toBe('[runner]\nurl = "https://new"\n');
  expect([rights(deep), rights(join(folder, "a"))]).toEqual([0o600, 0o700]);
});

test("a file that others could read is closed, also when nothing else changes", async () => {
  writeFileSync(path, '[runner]\nurl = "https://new" # mine\n', { mode: 0o644 });
  chmodSync(path, 0o644);
  expect(await saveConfig({ path, edits, now })).toEqual({ changed: false, backup: undefined });
  expect(rights(path)).toBe(0o600);
  chmodSync(path, 0o644);
  await saveConfig({ path, edits: [{ path: ["runner", "max_jobs"], value: 2 }], now });
  expect(rights(path)).toBe(0o600);
  expect(readFileSync(path, "utf8")).toContain("# mine");
});

test("a link stays a link", async () => {
  mkdirSync(join(folder, "dotfiles"));
  const target = join(folder, "dotfiles", "runner.toml");
  symlinkSync("dotfiles/runner.toml", path);
  await saveConfig({ path, edits, now });
  writeFileSync(target, "# kept\n");
  await saveConfig({ path, edits, now });
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toBe('# kept\n\n[runner]\nurl = "https://new"\n');
});

test("a file that is no TOML is kept beside the new one", async () => {
  writeFileSync(path, "[runner\ntoken = 'precious'\n", { mode: 0o644 });
  const { backup = "" } = await saveConfig({ path, edits, now });
  expect(backup).toBe(`${path}.invalid-20261121T102030Z`);
  expect(readFileSync(backup, "utf8")).toContain("precious");
  expect(rights(backup)).toBe(0o600);
  expect(readFileSync(path, "utf8")).toBe('[runner]\nurl = "https://new"\n');
});

test("what cannot be written is told, and leaves nothing behind", async () => {
  mkdirSync(path);
  await expect(saveConfig({ path, edits, now })).rejects.toThrow(`cannot write ${path}: it is a directory`);
  expect(readdirSync(folder)).toEqual(["plan42-runner.toml"]);
  const below = join(folder, "file", "runner.toml");
  writeFileSync(join(folder, "file"), "");
  await expect(saveConfig({ path: below, edits, now })).rejects.toThrow(
    "a part of the path is not a directory",
  );
  expect(existsSync(below)).toBe(false);
});
