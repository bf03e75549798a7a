import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { buildPrograms, openStage, type Running, type Stage } from "./stage.ts";
import { createWorkplace } from "./workplace.ts";

const patience = { timeout: 30_000, interval: 100 };
let stage: Stage;
let server: Running;
let url = "";
beforeAll(async () => {
  await buildPrograms();
  stage = openStage({ WORK_TOKEN: "gho_work" });
  server = stage.start([
    ...["server", "start", "--json", "--listen", "127.0.0.1:0", "--data-dir", `${stage.home}/data`],
  ]);
  await vi.waitFor(() => expect(server.stdout()).toContain("\n"), patience);
  url = JSON.parse(server.stdout()).url;
  expect(await stage.run(["login"], server.stdout())).toMatchObject({ code: 0 });
  await stage.json(["runner", "create", "away", "--json"]);
  const create = ["environment", "create", "--image", "org/agent:1", "--json"];
  await stage.json([...create, "waiting", "--runner", "away"]);
  await stage.json([...create, "runnerless"]);
}, 180_000);
afterAll(() => stage?.close());

test("a name that is taken is refused, since it would name neither of the two", async () => {
  for (const words of [
    ["runner", "create", "laptop"],
    ["environment", "create", "laptop", "--image", "org/agent:1"],
    ["github", "create", "laptop", "--runner", "laptop"],
  ]) {
    const { stdout } = await stage.run([...words, "--json"]);
    const { RunnerId, EnvironmentId, ConnectionID } = JSON.parse(stdout);
    expect(await stage.run(words)).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(
        `the name laptop is taken by another ${words[0] === "github" ? "GitHub connection" : words[0]}: ${EnvironmentId ?? ConnectionID ?? RunnerId}\n`,
      ),
    });
  }
}, 60_000);

test("a configuration that is written to another place is named by what comes next", async () => {
  const file = join(stage.home, "my runner.toml");
  expect(await stage.run(["runner", "token", "away", "--write-config", file])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`  next: plan42 runner exec --config-file '${file}'\n`),
  });
}, 60_000);

test("a server that containers cannot reach is warned of, when it starts and when it is to be used", async () => {
  expect(server.stderr()).toContain(`agents in containers cannot reach ${url}\n`);
  const made = await stage.run(["environment", "create", "lonely", "--image", "org/agent:1"]);
  expect(made).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`cannot reach the server at ${url}`),
  });
  const task = await stage.run(["task", "create", "p", "--environment", "lonely"]);
  expect(task).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(`cannot reach the server at ${url}`),
  });
}, 60_000);

test("a token for the server is taken from a variable, and nothing shows it", async () => {
  const made = await stage.run(["github", "create", "work", "--token-variable", "WORK_TOKEN", "--json"]);
  expect(made).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(made.stdout)).toMatchObject({ Private: false, Name: "work", Version: 2 });
  const renewed = await stage.run(["github", "token", "work", "--token-variable", "WORK_TOKEN"]);
  expect(renewed).toMatchObject({ code: 0, stderr: "" });
  const listed = await stage.run(["github", "list", "--json"]);
  expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ Name: "work", Version: 3 }));
  expect(made.stdout + renewed.stdout + listed.stdout).not.toContain("gho_work");
}, 60_000);

test("a turn that is not there is told from one without a log", async () => {
  const { TaskId = "" } = await stage.json(["task", "create", "p", "--environment", "waiting", "--json"]);
  expect(await stage.run(["task", "logs", TaskId])).toMatchObject({
    code: 0,
    stderr: "There is no log yet; -f waits for it.\n",
  });
  for (const follow of [[], ["-f"]]) {
    const outcome = await stage.run(["task", "logs", ...follow, "--turn", "9", TaskId]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining("no such Turn") });
  }
}, 60_000);

/** Waits until a program takes note of Ctrl-C. */
async function untilListening({ child }: Running): Promise<void> {
  // Only Linux tells.
  if (process.platform !== "linux") return new Promise((resolve) => setTimeout(resolve, 1_500));
  await vi.waitFor(() => {
    const [, caught = ""] =
      /^SigCgt:\s*(\w+)$/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
    // A bit for each signal. SIGHUP is the first, and the last that plan42 listens to; SIGINT Node itself hears.
    expect(BigInt(`0x${caught}`) & 1n).toBe(1n);
  }, patience);
}

test("Ctrl-C ends a log that is followed, which does not look like the turn's good end", async () => {
  const { TaskId = "" } = await stage.json(["task", "create", "p", "--environment", "waiting", "--json"]);
  const log = stage.start(["task", "logs", "-f", TaskId]);
  await untilListening(log);
  log.child.kill("SIGINT");
  const left = expect.stringContaining(`The turn goes on: plan42 task logs -f ${TaskId} `);
  expect(await log.ended).toMatchObject({ code: 130, stdout: "", stderr: left });
  const made = stage.start(["task", "create", "-f", "p", "--environment", "waiting"]);
  await vi.waitFor(() => expect(made.stderr()).toContain("task "), patience);
  made.child.kill("SIGINT");
  expect(await made.ended).toMatchObject({ code: 130, stdout: "" });
}, 60_000);

test("a turn that failed without a log is told as such, and fails who follows it", async () => {
  const made = await stage.run(["task", "create", "p", "--environment", "runnerless", "--json", "-f"]);
  expect(made).toMatchObject({ code: 1, stderr: expect.stringContaining("✗ turn 1: Failed\n  no runner:") });
  const [task, ...entries] = made.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(entries).toEqual([]);
  expect(await stage.run(["task", "logs", task.TaskId])).toMatchObject({
    code: 0,
    stderr: "The turn has ended, and left no log.\n",
  });
  expect(await stage.run(["task", "logs", "-f", task.TaskId])).toMatchObject({ code: 1 });
}, 60_000);

test("a text of somebody else's does not write to the terminal what it likes", async () => {
  const words = [
    "task",
    "create",
    "p\u001b[2J",
    "--title",
    "\u001b]0;owned\u0007t",
    "--environment",
    "runnerless",
  ];
  const { TaskId = "" } = await stage.json([...words, "--json"]);
  for (const shown of [
    ["task", "list"],
    ["task", "show", TaskId],
  ]) {
    const { stdout } = await stage.run(shown);
    expect(stdout).toContain("]0;owned");
    expect(stdout.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  }
}, 60_000);

test("a reader that has seen enough is no failure", async () => {
  const environment = { ...stage.environment, PLAN42: join(import.meta.dirname, "../dist/main.js") };
  const script = `"${process.execPath}" "$PLAN42" task list | head -n 1; echo "$\{PIPESTATUS[0]}"`;
  const printed = execFileSync("bash", ["-c", script], { env: environment, encoding: "utf8" });
  expect(printed).toMatch(/^ID .*\n0\n$/);
}, 60_000);

test("a token that the server does not know is told with the server and the way out", async () => {
  writeFileSync(join(stage.home, "token"), "p42u_wrong\n");
  const outcome = await stage.run(["task", "list", "--token-file", "token"]);
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/401.*\n {2}The token for http:\/\/127.*: plan42 login --url/);
  expect(outcome.stderr.trim().split("\n")).toHaveLength(2);
}, 60_000);

test("a server that cannot be reached is named, with what helps", async () => {
  const refused = await stage.run(["task", "list", "--url", "http://127.0.0.1:1", "--token-file", "token"]);
  expect(refused).toMatchObject({
    code: 1,
    stderr:
      "ERROR: cannot reach the server at http://127.0.0.1:1: nothing listens there\n" +
      "  plan42 server start starts one here; --url names another.\n",
  });
  const environment = { HOME: stage.home, HTTP_PROXY: "http://user:hunter2@127.0.0.1:1" };
  const place = createWorkplace();
  const far = await place.run(["task", "list", "--url", "http://server.invalid"], {
    environment: { ...environment, PLAN42_TOKEN: "t" },
  });
  expect(far.stderr).toContain(
    "ERROR: cannot reach the server at http://server.invalid by the proxy 127.0.0.1:1:",
  );
  expect(far.stderr).not.toContain("hunter2");
  expect(await place.run(["task", "list"], { environment })).toMatchObject({ code: 0 });
  place.clear();
  const folder = join(stage.home, "tls");
  mkdirSync(folder);
  execFileSync(
    "openssl",
    [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
      ...["-subj", "/CN=127.0.0.1", "-keyout", "key.pem", "-out", "certificate.pem"],
    ],
    { cwd: folder, stdio: "ignore" },
  );
  const [key, cert] = ["key.pem", "certificate.pem"].map((name) => readFileSync(join(folder, name)));
  const strange = createServer({ key, cert }).listen(0, "127.0.0.1");
  await new Promise((resolve) => strange.once("listening", resolve));
  const address = strange.address();
  const port = typeof address === "object" ? address?.port : 0;
  const words = ["task", "list", "--url", `https://127.0.0.1:${port}`, "--token-file", "token"];
  expect(await stage.run(words)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/certificate is self-signed\n {2}NODE_EXTRA_CA_CERTS=FILE/),
  });
  strange.close();
}, 60_000);

test("a data folder that is in use, is a file, or can never be is told in two lines", async () => {
  const start = (folder: string) =>
    stage.run(["server", "start", "--listen", "127.0.0.1:0", "--data-dir", folder]);
  writeFileSync(join(stage.home, "file"), "");
  for (const [folder, message] of [
    [`${stage.home}/data`, "another server (process"],
    [`${stage.home}/file`, "it is a file"],
    [`${stage.home}/file/x`, "it is a file"],
    ["/proc/x", "cannot make the data folder /proc/x"],
  ] as const) {
    const { code, stdout, stderr } = await start(folder);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trim().split("\n")).toHaveLength(2);
  }
  expect(await stage.run(["task", "list", "--url", url])).toMatchObject({ code: 0 });
}, 60_000);
