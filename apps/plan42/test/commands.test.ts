import { appendFileSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fakeToken } from "@plano/plan42-testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ListedJob } from "../src/jobs/merge-jobs.ts";
import { createWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place.clear());

const commands = [
  "",
  "doctor",
  "login",
  "server start",
  "runner",
  "runner exec",
  "runner config",
  "runner create",
  "runner list",
  "runner token",
  "runner job",
  "runner job list",
  "runner enable",
  "runner stop",
  "runner status",
  "runner top",
  "runner logs",
  "runner disable",
  "runner job logs",
  "runner job kill",
  "runner job prune",
  "environment create",
  "environment list",
  "github create",
  "github token",
  "github list",
  "task create",
  "task list",
  "task show",
  "task logs",
  "task cancel",
  "completion",
];

test.each(commands)("help of %s", async (command) => {
  const words = command === "" ? [] : command.split(" ");
  const last = words.pop();
  const { code, stdout, stderr } = await place.run([...words, "help", ...(last ? [last] : [])]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatchSnapshot();
});

test.each([
  [["frobnicate"], "unknown command"],
  [["task", "create"], "missing required argument"],
  [["environment", "create", "x"], "--image"],
  [["runner", "job", "logs", "../../etc/passwd"], "invalid job id"],
  [["runner", "job", "kill", "plan42-x--1"], "invalid job id"],
  [["runner", "job", "prune", "--older-than", "soon"], "such as 7d"],
  [["runner", "token", "x", "--ttl-days", "0"], "1 to 365"],
  [["runner", "token", "x", "--ttl-days", "366"], "1 to 365"],
  [["runner", "logs", "--lines", "9999999999"], "It must be a whole number, 0 to 999999999."],
  [["environment", "create", "x", "--image", "foo bar"], "invalid repository: 'foo bar'"],
  [["environment", "create", "x", "--image", "i", "--allow-host", "http://a/b"], "'http://a/b' is no host"],
  [["environment", "create", "x", "--image", "i", "--allow-host", "fe80::1"], "an address of IPv6"],
  [["environment", "create", "x", "--image", "i", "--allow-host", "a:99999"], "'a:99999' has no port"],
  [["environment", "create", "x", "--image", "i", "--repo", "web"], "--repo takes org/repo, not web"],
  [["github", "create", "x"], "either --runner or --token-variable is needed"],
  [["github", "create", "x", "--runner", "r", "--token-variable", "T"], "either --runner or"],
  [["github", "create", "x", "--token-variable", "EMPTY"], "the environment variable EMPTY is empty"],
  [["github", "token", "x", "--token-variable", "BLANK"], "the environment variable BLANK is empty"],
  [["github", "create", "x", "--token-variable", "WORDS"], "WORDS holds more than one word"],
  [["github", "create", "x", "--token-variable", "NOPE"], "the environment variable NOPE is not set"],
  [["tsk"], "Did you mean task?"],
  [["help", "doctr"], "error: unknown command 'doctr'\n(Did you mean doctor?)"],
  [["runner", "help", "statsu"], "error: unknown command 'statsu'\n(Did you mean status?)"],
  [["task", "list", "--url", "ftp://x"], "not the URL of a server"],
  [["task", "list", "--url", "http://x", "--token-file", "none"], "cannot read the token"],
])("%j is wrong usage", async (words, message) => {
  const environment = { EMPTY: "", BLANK: " \n", WORDS: "two words" };
  const { code, stdout, stderr } = await place.run(words, { environment });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});

test("what needs a set-up says so, with exit code 3", async () => {
  expect(await place.run(["task", "list"])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^ERROR: there is no server to talk to\n {2}plan42 server start/),
  });
  expect(await place.run(["runner", "job", "list"])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^ERROR: runner config file .*plan42-runner.toml does not exist\n/),
  });
});

test.each([
  [["task", "list", "--json"], 3, { error: "there is no server to talk to", code: "not-configured" }],
  [["runner", "list", "--json"], 3, { error: "there is no server to talk to", code: "not-configured" }],
  [["runner", "top", "--json"], 4, { error: "the runner is not running", code: "not-running" }],
  [["runner", "job", "list", "--json"], 3, { code: "no-config" }],
  [["runner", "job", "prune", "--json"], 3, { code: "no-config" }],
  [["runner", "job", "logs", "plan42-x", "--json"], 2, { error: "invalid job id: plan42-x", code: "usage" }],
  [
    ["task", "create", "--json"],
    2,
    { error: "missing required argument 'prompt'", code: "usage", hint: null },
  ],
  [["task", "lst", "--json"], 2, { code: "usage", hint: null }],
  [["runner", "--json"], 2, { code: "usage" }],
  [
    ["task", "list", "--json", "--url", "ftp://x"],
    2,
    { code: "usage", hint: expect.stringContaining("http") },
  ],
])("the failure of %j is one object on standard error", async (words, exitCode, failure) => {
  const { code, stdout, stderr } = await place.run(words);
  expect([code, stdout], stderr).toEqual([exitCode, ""]);
  expect(stderr).toMatch(/^\{[^\n]*\}\n$/);
  expect(JSON.parse(stderr)).toMatchObject(failure);
});

test("siblings get all words, and the flags of Node that they ask for", async () => {
  const { became } = await place.run(["runner", "exec", "--config-file", "x", "--help"]);
  expect(became?.[0]).toBe(process.execPath);
  const runner = fileURLToPath(new URL("../../plan42-runner/bin/plan42-runner.cjs", import.meta.url));
  const [, flags = ""] = /node (--.*)/.exec(readFileSync(runner, "utf8").split("\n", 1)[0] ?? "") ?? [];
  expect(flags).toMatch(/^--\S+/);
  expect(became?.slice(1)).toEqual([
    ...flags.split(" "),
    expect.stringMatching(/plan42-runner\/bin\/plan42-runner\.cjs$/),
    ...["--config-file", "x", "--help"],
  ]);
  const environment = { PLAN42_SERVER_BINARY: process.execPath };
  expect((await place.run(["server", "start", "--json"], { environment })).became).toEqual([
    process.execPath,
    "--json",
  ]);
  const form = await place.run(["runner", "config", "--set", "runner.max_jobs=4", "--help"]);
  expect(form.became?.slice(1)).toEqual([
    expect.stringMatching(/plan42-runner-config\/bin\/plan42-runner-config\.cjs$/),
    ...["--set", "runner.max_jobs=4", "--help"],
  ]);
  const missing = { PLAN42_SERVER_BINARY: "/nowhere/plan42-server" };
  expect(await place.run(["server", "start"], { environment: missing })).toMatchObject({ code: 1 });
});

test("a service without a log is explained, also when its log is to be followed", async () => {
  for (const follow of [[], ["-f"]]) {
    expect(await place.run(["runner", "logs", ...follow])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^ERROR: the service has left no log\n {2}It writes .*runner enable\n/),
    });
  }
});

const ran = (stdout: string, stderr = "", code = 0) => ({ code, stdout, stderr });
test.each([
  ["is not there", ran("", "", 127), /is not on this machine: there is no \/usr\/bin\/journalctl/],
  ["cannot be read", ran("", "broken\n", 1), /systemd's journal cannot be read: broken/],
  [
    "has no files",
    ran("-- No entries --\n", "No journal files were found.\n"),
    /there is no journal on this machine that/,
  ],
  ["has no entries", ran("-- No entries --\n"), /systemd's journal has nothing of the runner's service/],
])("a journal that %s explains itself", async (_, outcome, message) => {
  const { code, stderr, became } = await place.run(["runner", "logs", "--journal"], {
    execute: async () => outcome,
  });
  expect([code, became]).toEqual([1, undefined]);
  expect(stderr).toMatch(message);
  expect(stderr).toContain("  plan42 runner logs shows the file that the service writes");
});

test("a journal with something of the service is shown, and one without is followed", async () => {
  const shown = await place.run(["runner", "logs", "--journal", "-n", "5"], {
    execute: async () => ran("-- Boot --\nx\n"),
  });
  const words = ["/usr/bin/journalctl", "--user-unit", "plan42-runner.service"];
  expect(shown.became).toEqual([...words, "--lines", "5"]);
  const followed = await place.run(["runner", "logs", "--journal", "-f"], { execute: async () => ran("") });
  expect(followed.became).toEqual([...words, "--follow"]);
});

test("a job's log is shown, its end alone, and one that is not there is named", async () => {
  const jobId = "plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1";
  expect(await place.run(["runner", "job", "logs", jobId])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`there is no log of ${jobId} here`),
  });
  const folder = join(place.home, ".local/state/plan42-runner/jobs");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${jobId}.log`), "one\ntwo\nthree\n");
  expect((await place.run(["runner", "job", "logs", jobId])).stdout).toBe("one\ntwo\nthree\n");
  expect((await place.run(["runner", "job", "logs", jobId, "-n", "1"])).stdout).toBe("three\n");
  expect((await place.run(["runner", "job", "logs", jobId, "-n", "2", "--json"])).stdout).toBe(
    '{"Message":"two"}\n{"Message":"three"}\n',
  );
});

test("a job's log that is followed ends with the job, whole", async () => {
  const jobId = "plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1";
  const state = join(place.home, ".local/state/plan42-runner");
  mkdirSync(join(state, "jobs"), { recursive: true });
  const path = join(state, "jobs", `${jobId}.log`);
  writeFileSync(path, "one\n");
  const job = { jobId, image: "i", step: "running", acceptedAt: new Date().toISOString(), startedAt: null };
  let asked = 0;
  const daemon = createServer((_request, response) => {
    asked += 1;
    if (asked === 2) appendFileSync(path, "two\n");
    response.end(JSON.stringify({ jobs: asked === 1 ? [job] : [] }));
  });
  await new Promise<void>((resolve) => daemon.listen(join(state, "control.sock"), resolve));
  try {
    const followed = await place.run(["runner", "job", "logs", "-f", jobId]);
    expect(followed).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" });
    expect(asked).toBe(2);
    const killed = await place.run(["runner", "job", "kill", jobId, "--json"]);
    expect(killed).toMatchObject({ code: 1, stdout: "" });
  } finally {
    daemon.close();
  }
}, 20_000);

test("jobs are listed with what this machine knows where the server does not answer, and that is said", async () => {
  const jobId = "plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1";
  const state = join(place.home, ".local/state/plan42-runner");
  mkdirSync(state, { recursive: true });
  mkdirSync(join(place.home, ".config"));
  const token = fakeToken("p42r", { sub: "tenant", runner_id: "runner" });
  const file = join(place.home, ".config/plan42-runner.toml");
  writeFileSync(file, `[runner]\nurl = "http://127.0.0.1:1"\ntoken = "${token}"\n`, { mode: 0o600 });
  const acceptedAt = "2026-11-21T08:18:26.000Z";
  const jobs = [{ jobId, image: "i", step: "running", acceptedAt, startedAt: null }];
  const daemon = createServer((_request, response) => response.end(JSON.stringify({ jobs })));
  await new Promise<void>((resolve) => daemon.listen(join(state, "control.sock"), resolve));
  try {
    const offline = await place.run(["runner", "job", "list", "--offline"]);
    expect(offline).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining(jobId) });
    const told = "! the server did not answer: titles are missing, and times are when the jobs came here\n";
    expect(await place.run(["runner", "job", "list"])).toEqual({ ...offline, stderr: told });
    const { stdout } = await place.run(["runner", "job", "list", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([{ jobId, title: null, createdAt: acceptedAt }]);
  } finally {
    daemon.close();
  }
}, 20_000);

test("jobs are listed and their logs pruned without a runner and without a container engine, and that is said", async () => {
  const idOf = (digit: number) => `plan42-${String(digit).repeat(8)}-7b52-4f0e-9d43-2f1d6d3f8a90-1`;
  const state = join(place.home, ".local/state/plan42-runner");
  for (const folder of ["jobs", "journal"]) mkdirSync(join(state, folder), { recursive: true });
  mkdirSync(join(place.home, ".config"));
  const token = fakeToken("p42r", { sub: "tenant", runner_id: "runner" });
  const file = join(place.home, ".config/plan42-runner.toml");
  writeFileSync(file, `[runner]\nurl = "http://127.0.0.1:1"\ntoken = "${token}"\n`, { mode: 0o600 });
  const record = { image: "i", acceptedAt: "2026-11-21T08:18:26.000Z", phase: "running", runtime: "docker" };
  writeFileSync(join(state, "journal", `${idOf(1)}.json`), JSON.stringify(record));
  for (const digit of [1, 2]) {
    const log = join(state, "jobs", `${idOf(digit)}.log`);
    writeFileSync(log, "one\n");
    utimesSync(log, 0, 0);
  }
  const environment = { DOCKER_HOST: `unix://${place.home}/none.sock` };
  const words = ["list", "--all", "--offline", "--json"];
  const listed = await place.run(["runner", "job", ...words], { environment });
  const told = "! docker does not answer: which jobs have not ended is as the runner has recorded it\n";
  expect(listed).toMatchObject({ code: 0, stderr: told });
  expect(
    JSON.parse(listed.stdout)
      .map(({ jobId, step }: ListedJob) => [jobId, step])
      .sort(),
  ).toEqual([
    [idOf(1), "running"],
    [idOf(2), "ended"],
  ]);
  const pruned = await place.run(["runner", "job", "prune", "--json"], { environment });
  expect([pruned.code, pruned.stderr, JSON.parse(pruned.stdout)]).toMatchObject([
    0,
    told,
    { removed: [idOf(2)] },
  ]);
  expect((await place.run(["runner", "job", "logs", "1111"])).stdout).toBe("one\n");
  expect(await place.run(["runner", "job", "logs", "2222"])).toMatchObject({ code: 1 });
});

test("jobs are listed, killed and their images pruned without secrets that this needs not", async () => {
  const jobId = "plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-1";
  const state = join(place.home, ".local/state/plan42-runner");
  mkdirSync(state, { recursive: true });
  mkdirSync(join(place.home, ".config"));
  const file = join(place.home, ".config/plan42-runner.toml");
  const write = (token: string, rest: string) =>
    writeFileSync(file, `[runner]\nurl = "http://127.0.0.1:1"\ntoken = "${token}"\n${rest}`, { mode: 0o600 });
  const token = fakeToken("p42r", { sub: "tenant", runner_id: "runner" });
  const corp = '[github.corp]\nconnection_id = "X"\ntoken = "env:GHT"\n';
  const environment = { DOCKER_HOST: `unix://${place.home}/none.sock` };
  const job = (...words: readonly string[]) => place.run(["runner", "job", ...words], { environment });

  write(token, corp);
  expect(await job("list")).toMatchObject({ code: 0 });
  expect(await job("prune", "--images")).toMatchObject({ code: 0 });
  write("env:RUNNER", corp);
  const missing = "! not set in this shell, and named by the configuration: RUNNER, GHT; ";
  expect(await job("list")).toMatchObject({ code: 0, stderr: expect.stringContaining(missing) });
  expect(await job("kill", jobId)).toMatchObject({ code: 3 });

  const jobs = [{ jobId, image: "i", step: "running", acceptedAt: "2026-11-21T08:18:26.000Z" }];
  const daemon = createServer((_request, response) => response.end(JSON.stringify({ jobs })));
  await new Promise<void>((resolve) => daemon.listen(join(state, "control.sock"), resolve));
  try {
    for (const [own, rest, told] of [
      [
        "env:RUNNER",
        "",
        "! not set in this shell, and named by the configuration: RUNNER; the server is not asked",
      ],
      [token, "max_jobs = \n", "! failed to parse config file: "],
    ] as const) {
      write(own, rest);
      const listed = await job("list");
      expect([listed.code, listed.stdout, listed.stderr]).toEqual([
        0,
        expect.stringContaining(jobId),
        expect.stringContaining(told),
      ]);
    }
  } finally {
    daemon.close();
  }
});

interface StandIn {
  readonly url: string;
  /** `Authorization` of the calls. */
  readonly seen: (string | undefined)[];
  readonly server: Server;
}

async function openStandIn(): Promise<StandIn> {
  const seen: (string | undefined)[] = [];
  const now = new Date().toISOString();
  const tenant = { TenantId: "t-1", Type: "User", Version: 1, CreatedAt: now, UpdatedAt: now };
  const server = createServer(({ url, headers }, response) => {
    seen.push(headers.authorization);
    const isKnown = headers.authorization === "APIToken p42u_good";
    const body = url?.includes("/tasks") ? { Items: [] } : tenant;
    response.writeHead(isKnown ? 200 : 401, { "Content-Type": "application/json" });
    response.end(
      JSON.stringify(isKnown ? body : { ResponseCode: 401, Message: "no", ErrorType: "Forbidden" }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`, seen, server };
}

test("login keeps a token that works, for its owner and its server alone", async () => {
  const first = await openStandIn();
  const second = await openStandIn();
  try {
    const bad = await place.run(["login", "--url", first.url], { input: "p42u_bad\n" });
    expect(bad).toMatchObject({ code: 1, stderr: expect.stringContaining("401") });
    expect(await place.run(["task", "list"])).toMatchObject({ code: 3 });

    const line = JSON.stringify({ url: first.url, tenantId: "t-1", adminToken: "p42u_good" });
    const login = await place.run(["login"], { input: `${line}\n` });
    expect(login).toMatchObject({ code: 0, stderr: "" });
    expect(login.stdout + bad.stderr).not.toContain("p42u_");
    const file = join(place.home, ".config/plan42/credentials.json");
    const again = await place.run(["login", "--json"], { input: `${line}\n` });
    expect(JSON.parse(again.stdout)).toEqual({ url: first.url, tenantId: "t-1", path: file });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await place.run(["task", "list", "--json"])).toMatchObject({ code: 0, stdout: "[]\n" });

    expect(await place.run(["task", "list", "--url", second.url])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("there is no token for"),
    });
    expect(second.seen).toEqual([]);

    const environment = { PLAN42_URL: second.url, PLAN42_TOKEN: "p42u_good" };
    expect(await place.run(["task", "list"], { environment })).toMatchObject({ code: 0 });
    expect(second.seen).toHaveLength(2);
  } finally {
    first.server.close();
    second.server.close();
  }
});

test("a server's second start has no token to log in with", async () => {
  const line = JSON.stringify({ url: "http://127.0.0.1:1", tenantId: "t", adminToken: null });
  expect(await place.run(["login"], { input: line })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("--new-admin-token"),
  });
  expect(await place.run(["login", "--url", "http://127.0.0.1:1"])).toMatchObject({ code: 2 });
});
