import { execFile, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

// The built program, started as a user starts it.

const folder = fileURLToPath(new URL("..", import.meta.url));
const launcher = join(folder, "bin", "planoai.cjs");
let elsewhere: string;

beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), "planoai-launcher-"));
  if (!existsSync(join(folder, "dist", "main.js")))
    await execute(process.execPath, ["build/bundle.ts"], folder);
}, 60_000);
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

function execute(program: string, words: readonly string[], cwd = elsewhere, env: NodeJS.ProcessEnv = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(program, words, { cwd, env: { PATH: process.env.PATH, ...env } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test("it runs by absolute path from any folder, also without a home", async () => {
  const status = await execute(launcher, ["status", "--json"], elsewhere, { HOME: elsewhere });
  expect(status).toMatchObject({ code: 3, stderr: "" });
  const invalid = await execute(launcher, ["validate", "nope.yaml"], elsewhere, { HOME: "" });
  expect(invalid.code).toBe(1);
  expect(invalid.stderr).toContain(join(elsewhere, "nope.yaml"));
});

test("it runs through a link", async () => {
  const link = join(elsewhere, "planoai");
  symlinkSync(launcher, link);
  expect(await execute(link, ["--version"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^plano version \d/),
  });
  expect(await execute(link, ["nope"])).toMatchObject({ code: 2 });
});

test("the help that is kept ready is the help of the program", async () => {
  const ready = await execute(launcher, []);
  const full = await execute(launcher, ["help"]);
  expect(ready).toMatchObject({ code: 0, stderr: "" });
  expect(full.stdout).toBe(ready.stdout);
});

test("a reader that goes away early is no error", async () => {
  const { code, stderr } = await execute("/bin/sh", ["-c", `'${launcher}' help up | true`]);
  expect([code, stderr]).toEqual([0, ""]);
});

test("a signal ends what waits, with the program's own exit", async () => {
  const log = join(elsewhere, ".plano", "run", "logs", "brightstaff.log");
  mkdirSync(dirname(log), { recursive: true });
  writeFileSync(log, "first\n");
  const child = spawn(launcher, ["logs", "-f"], { env: { PATH: process.env.PATH, HOME: elsewhere } });
  const ended = new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  child.kill("SIGTERM");
  expect(await ended).toEqual({ code: 0, signal: null });
});
