import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildPrograms } from "./stage.ts";

// The built program, started as a user starts it.

const launcher = fileURLToPath(new URL("../bin/plan42.cjs", import.meta.url));
let elsewhere: string;

beforeAll(async () => {
  elsewhere = mkdtempSync(join(tmpdir(), "plan42-launcher-"));
  await buildPrograms();
});
afterAll(() => rmSync(elsewhere, { recursive: true, force: true }));

function execute(program: string, ...words: readonly string[]) {
  return executeIn(elsewhere, program, ...words);
}

function executeIn(home: string, program: string, ...words: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const env = { PATH: process.env.PATH, HOME: home };
    execFile(program, words, { cwd: elsewhere, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test("it runs through a link, and tells its version", async () => {
  const link = join(elsewhere, "plan42");
  symlinkSync(launcher, link);
  for (const flag of ["--version", "-v", "-V"]) {
    expect(await execute(link, flag)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^plan42 version \d/),
    });
  }
  expect(await execute(link, "nope")).toMatchObject({ code: 2 });
});

test("the help that is kept ready is the help of the program", async () => {
  const ready = await execute(launcher);
  const full = await execute(launcher, "help");
  expect(ready).toMatchObject({ code: 0, stderr: "" });
  expect(full.stdout).toBe(ready.stdout);
});

test("compiled code is kept in the user's folder, if there is one", async () => {
  const home = mkdtempSync(join(elsewhere, "home-"));
  for (let count = 0; count < 2; count += 1) {
    expect(await executeIn(home, launcher, "help")).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(join(home, ".cache/plan42"))).toHaveLength(1);
  }
  const nowhere = join(elsewhere, "nowhere");
  expect(await executeIn(nowhere, launcher, "help")).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(nowhere)).toBe(false);
  // As for a user in a container whom its system does not know.
  const unknown = join(elsewhere, "unknown-user.cjs");
  writeFileSync(unknown, 'require("node:os").homedir = () => { throw new Error("ENOENT"); };');
  expect(await execute(process.execPath, "--require", unknown, launcher, "help")).toMatchObject({
    code: 0,
    stderr: "",
  });
});

test("it becomes its siblings, whose words and exit codes are their own", async () => {
  expect(await execute(launcher, "server", "start", "--version")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^plan42-server version \d/),
  });
  expect(await execute(launcher, "runner", "exec", "--help")).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Usage: plan42-runner /),
  });
  expect(await execute(launcher, "runner", "exec", "-c", "none.toml")).toMatchObject({ code: 78 });
});

test("a reader that goes away early is no error", async () => {
  const { code, stderr } = await execute("/bin/sh", "-c", `'${launcher}' help task | true`);
  expect([code, stderr]).toEqual([0, ""]);
});

test("a device that is full is told in one line", async () => {
  const { code, stderr } = await execute("/bin/sh", "-c", `'${launcher}' --help > /dev/full`);
  expect([code, stderr]).toEqual([1, "cannot write to standard output: no space is left there\n"]);
  const printed = await execute("/bin/sh", "-c", `'${launcher}' runner status --json > /dev/full`);
  expect(printed).toMatchObject({
    code: 1,
    stderr: "cannot write to standard output: no space left on the device\n",
  });
});

const shells = ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"].filter((path) => existsSync(path));

test.each(shells)("%s takes its completion script", async (shell) => {
  const name = shell.split("/").at(-1) ?? "";
  const script = `'${launcher}' completion ${name} > script && ${shell} -n script`;
  expect(await execute("/bin/sh", "-c", script)).toMatchObject({ code: 0, stderr: "" });
});

test.each([
  "plan42 runner enable -c ",
  "plan42 runner config --set a=b --ca-file r",
  "plan42 task list --token-file ",
])("bash offers files after %j", async (line) => {
  const words = line.split(" ").map((word) => `'${word}'`);
  const script = `source <('${launcher}' completion bash); COMP_WORDS=(${words.join(" ")});
    COMP_CWORD=${words.length - 1}; _plan42; echo "\${COMPREPLY[@]}"`;
  // Bash has files where a function has nothing.
  expect((await execute("/bin/bash", "-c", script)).stdout).toBe("\n");
});

test.each([
  ["plan42 runner job ", "list logs kill prune"],
  ["plan42 runner job list --", "--json --config-file --all --offline --verbose"],
  ["plan42 task logs -f 1f0c --t", "--url --tenant --token-file --follow --turn --timestamps --json"],
  ["plan42 completion ", "bash zsh fish"],
  ["plan42 runner config --", "--config-file --set --validate --sync --print --json --ca-file --help"],
  ["plan42 runner exec --", "--config-file --podman-path --help"],
  ["plan42 server start --l", "--listen"],
  ["plan42 doctor -c --", "--json"],
])("bash completes %j", async (line, candidates) => {
  const words = line.split(" ");
  const typed = words.at(-1) ?? "";
  const script = `source <('${launcher}' completion bash); COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")});
    COMP_CWORD=${words.length - 1}; _plan42; echo "\${COMPREPLY[@]}"`;
  const { stdout } = await execute("/bin/bash", "-c", script);
  const offered = stdout.trim().split(" ");
  const expected = candidates.split(" ").filter((word) => word.startsWith(typed));
  expect(offered).toEqual(expect.arrayContaining(expected));
});
