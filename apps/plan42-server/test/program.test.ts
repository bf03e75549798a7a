import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@plano/client";
import { generateKeyPair, publicKeyToPem } from "@plano/crypto";
import { createTerminal } from "@plano/terminal";
import { afterAll, afterEach, expect, test } from "vitest";
import { runProgram } from "../src/run-program.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "plan42-server-program-"));
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Started {
  readonly url: string;
  readonly tenantId: string;
  readonly adminToken: string | null;
}

/** Starts the program and resolves with its line, or with its exit code and what it said. */
async function start(...words: string[]) {
  const child = spawn(process.execPath, [main, "--listen", "127.0.0.1:0", "--data-dir", folder, ...words], {
    env: { PATH: process.env.PATH ?? "" },
  });
  running.push(child);
  const output = { out: "", error: "" };
  child.stdout.on("data", (text) => {
    output.out += text;
  });
  child.stderr.on("data", (text) => {
    output.error += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const code = await Promise.race([
    ended,
    new Promise<undefined>((resolve) => child.stdout.once("data", () => resolve(undefined))),
  ]);
  const line: Started | undefined = code === undefined ? JSON.parse(output.out) : undefined;
  return { child, code, output, ended, line };
}

async function run(...words: string[]) {
  let text = "";
  const stream = { write: (piece: string) => (text += piece) };
  const code = await runProgram(words, {
    terminal: createTerminal({ stdout: stream, stderr: stream, environment: {} }),
    environment: { DATABASE_URL: "postgres://nobody@127.0.0.1:9/none" },
    currentFolder: folder,
    migrationsFolder: fileURLToPath(new URL("../migrations", import.meta.url)),
    databaseTemplate: "",
    readRoutes: () => "",
    log: () => {},
    onStopSignal: () => {},
  });
  return { code, text };
}

test("the first start shows the token once, data outlives a kill, and a signal ends long polls", async () => {
  const first = await start("--json");
  if (!first.line) throw new Error(first.output.error);
  expect(Object.keys(first.line)).toEqual(["url", "tenantId", "adminToken"]);
  const { tenantId, adminToken } = first.line;
  const admin = createClient({ url: first.line.url, token: adminToken ?? "" });
  const runner = { tenantId, runnerId: randomUUID() };
  await admin.call("createRunner", {
    path: runner,
    body: { Name: "n", IsCloud: false, RunsTasks: true, ProxiesGithub: false },
  });

  const second = await start("--json");
  expect(second.code).toBe(1);
  expect(second.output.error).toContain("another server (process");

  first.child.kill("SIGKILL");
  await first.ended;
  const third = await start("--json");
  if (!third.line) throw new Error(third.output.error);
  expect(third.line).toMatchObject({ tenantId, adminToken: null });
  const again = createClient({ url: third.line.url, token: adminToken ?? "" });
  expect(await again.call("getRunner", { path: runner })).toMatchObject({ Name: "n" });

  const path = { ...runner, queueId: randomUUID() };
  const body = { PublicKey: publicKeyToPem(generateKeyPair().publicKey) };
  await again.call("registerRunnerQueue", { path, body });
  const poll = again.call("getMessagesBatch", { path, query: { maxWaitSeconds: 60 } });
  await new Promise((resolve) => setTimeout(resolve, 300));
  const stopped = performance.now();
  third.child.kill("SIGTERM");
  expect(await poll).toEqual({ Messages: [] });
  expect(await third.ended).toBe(0);
  expect(performance.now() - stopped).toBeLessThan(5_000);

  const fourth = await start("--json", "--new-admin-token");
  if (!fourth.line) throw new Error(fourth.output.error);
  expect(fourth.line.adminToken).toMatch(/^p42u_/);
  const old = createClient({ url: fourth.line.url, token: adminToken ?? "" });
  await expect(old.call("listTenants", { path: {} })).rejects.toThrow("401");
  const renewed = createClient({ url: fourth.line.url, token: fourth.line.adminToken ?? "" });
  expect((await renewed.call("listTenants", { path: {} })).Items).toHaveLength(1);
  const log = [first, third, fourth].map(({ output }) => output.error).join("");
  for (const token of [adminToken, fourth.line.adminToken]) expect(log).not.toContain(token);
}, 120_000);

test("help, version and wrong words", async () => {
  expect(await run("--version")).toMatchObject({
    code: 0,
    text: expect.stringMatching(/^plan42-server version \d/),
  });
  const help = await run("--help");
  expect(help.code).toBe(0);
  expect(help.text).toMatchSnapshot();
  for (const words of [
    ["--listen", "nowhere"],
    ["--listen", "::1"],
    ["--public-url", "x"],
    ["--rate-limit", "-1"],
    ["--frobnicate"],
  ]) {
    expect(await run(...words), words.join(" ")).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^error: .*\n {2}plan42-server --help shows what there is.\n$/),
    });
  }
});

test("with --json what goes wrong is one object", async () => {
  const wrong = await run("--json", "--listen", "nowhere");
  expect(wrong.code).toBe(2);
  expect(JSON.parse(wrong.text)).toMatchObject({ error: expect.stringContaining("--listen"), code: "usage" });
  const database = await run("--json", "--listen", "127.0.0.1:0");
  expect(database.code).toBe(1);
  expect(JSON.parse(database.text)).toMatchObject({
    error: expect.stringContaining("cannot use the database of DATABASE_URL"),
    hint: expect.stringContaining("It is like postgres:"),
  });
});

test("a database that is not there, and an address that cannot be had, are told plainly", async () => {
  const database = await run("--listen", "127.0.0.1:0");
  expect(database).toMatchObject({
    code: 1,
    text: expect.stringMatching(
      /cannot use the database of DATABASE_URL at 127.0.0.1:9: nothing listens there\n {2}It is like postgres:/,
    ),
  });
  const address = await run("--listen", "192.0.2.1:7443");
  expect(address).toMatchObject({
    code: 1,
    text: expect.stringContaining("this machine has no such address"),
  });
});
