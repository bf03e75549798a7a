import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { type FakePlan42, startFakeGithub, startFakePlan42 } from "@plano/plan42-testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
let server: FakePlan42;
const closing: (() => unknown)[] = [];

beforeEach(async () => {
  place = createWorkplace();
  server = await startFakePlan42();
});
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  await server.close();
  place.clear();
});

interface Found {
  readonly check: string;
  readonly verdict: string;
  readonly detail: string;
  readonly mend: string | null;
}

function configure(rest = "", { url = server.url, token = server.runnerToken } = {}): string {
  const path = join(place.home, ".config/plan42-runner.toml");
  mkdirSync(join(place.home, ".config"), { recursive: true });
  const text = `[runner]\nurl = "${url}"\ntoken = "${token}"\nruntime = "docker"\ndisk_min_free = 0\n${rest}`;
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
  return path;
}

/** An engine that answers, and has and fetches one image. */
async function startEngine(): Promise<string> {
  const engine = createServer((request, response) => {
    const { url = "" } = request;
    response.setHeader("Content-Type", "application/json");
    if (url.endsWith("/version")) response.end(JSON.stringify({ Version: "27.1", Arch: "amd64" }));
    else if (url.includes("/images/create") && url.includes("org%2Fagent"))
      response.end('{"status":"done"}\n');
    else response.writeHead(404).end(JSON.stringify({ message: "no such image" }));
  });
  const socket = join(place.home, "docker.sock");
  await new Promise<void>((resolve) => engine.listen(socket, resolve));
  closing.push(() => engine.close());
  return `unix://${socket}`;
}

/** Something outside that is reached: a proxy that takes connections. */
async function startProxy(): Promise<string> {
  const proxy = createTcpServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  closing.push(() => proxy.close());
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

async function doctor(words: readonly string[] = [], environment: Readonly<Record<string, string>> = {}) {
  const outcome = await place.run(["doctor", "--json", ...words], { environment });
  const { ok, findings } = JSON.parse(outcome.stdout) as { ok: boolean; findings: Found[] };
  return { ok, code: outcome.code, of: Object.fromEntries(findings.map((found) => [found.check, found])) };
}

test("what mends a file that was named names it, too", async () => {
  const path = configure("max_jobs = 0\n");
  const { stdout } = await place.run(["doctor", "--config-file", path, "--json"]);
  const { findings } = JSON.parse(stdout) as { findings: Found[] };
  expect(findings.find(({ check }) => check === "configuration")?.mend).toContain(
    `plan42 runner config --config-file ${path} --validate`,
  );
});

test("without a file that is named it looks at that of the service", async () => {
  configure();
  const path = join(place.home, "other.toml");
  writeFileSync(path, "[runner]\nmax_jobs = 0\n");
  const units = join(place.home, ".config/systemd/user");
  mkdirSync(units, { recursive: true });
  writeFileSync(
    join(units, "plan42-runner.service"),
    `[Service]\nExecStart=/opt/plan42-runner --config-file ${path}\n`,
  );
  const { code, of } = await doctor();
  expect(code).toBe(1);
  expect(of.configuration).toMatchObject({
    verdict: "failure",
    mend: expect.stringContaining(`plan42 runner config --config-file ${path} --validate`),
  });
  expect((await place.run(["runner", "job", "list"])).stderr).toContain(`In ${path}.`);
});

test("all is well", async () => {
  const github = await startFakeGithub({ tokens: { "local-github-token": "octo" } });
  closing.push(() => github.close());
  configure(
    `[github.corp]\nname = "corp"\nurl = "${github.url}"\nconnection_id = "X"\ntoken = "local-github-token"\n`,
  );
  const environment = { DOCKER_HOST: await startEngine(), HTTPS_PROXY: await startProxy() };
  const { ok, code, of } = await doctor(["--image", "org/agent:1"], environment);
  expect([ok, code], JSON.stringify(of, null, 1)).toEqual([true, 0]);
  expect(Object.values(of).map(({ check, verdict }) => [check, verdict])).toEqual([
    ["configuration", "ok"],
    ["permissions", "ok"],
    // The stand-in's token is good for an hour.
    ["token", "warning"],
    ["server", "ok"],
    ["clock", "ok"],
    ["github corp", "ok"],
    ["egress", "ok"],
    ["disk", "ok"],
    ["runtime", "ok"],
    ["image pull", "ok"],
    ["runner", "warning"],
  ]);
  expect(of["github corp"]?.detail).toContain("octo");
});

test("everything that is wrong is told at once, with what mends it, and no secret", async () => {
  const github = await startFakeGithub({ tokens: {} });
  closing.push(() => github.close());
  const path = configure(
    `[github.corp]\nname = "corp"\nurl = "${github.url}"\nconnection_id = "X"\ntoken = "wrong-github-token"\n`,
    { token: server.runnerToken.replace(/.{6}$/, "AAAAAA") },
  );
  writeFileSync(
    path,
    (await import("node:fs"))
      .readFileSync(path, "utf8")
      .replace("disk_min_free = 0", 'disk_min_free = "900T"'),
  );
  chmodSync(path, 0o644);
  const environment = { DOCKER_HOST: "unix:///nowhere.sock", HTTPS_PROXY: "http://127.0.0.1:1" };
  const { ok, code, of } = await doctor([], environment);
  expect([ok, code]).toEqual([false, 1]);
  const verdicts = Object.values(of).map(({ check, verdict }) => `${check}: ${verdict}`);
  expect(verdicts).toEqual([
    "configuration: ok",
    "permissions: warning",
    "token: warning",
    "server: failure",
    "clock: ok",
    "github corp: failure",
    "egress: failure",
    "disk: failure",
    "runtime: failure",
    "runner: warning",
  ]);
  for (const { verdict, mend } of Object.values(of)) {
    if (verdict === "failure" || verdict === "warning") expect(mend).toBeTruthy();
  }
  expect(of.permissions?.mend).toBe(`chmod 600 ${path}`);
  const renewal = "plan42 runner token NAME | plan42 runner config --set runner.token=-";
  for (const found of [of.token, of.server]) expect(found?.mend).toContain(renewal);
  expect(JSON.stringify(of)).not.toContain("wrong-github-token");
  expect(JSON.stringify(of)).not.toContain(server.runnerToken.slice(0, 40));
  const shown = await place.run(["doctor"], { environment });
  expect(shown.stdout).toMatch(/^✗ runtime +\S.*\n +Start it/m);
  expect(shown.stderr).toContain("5 of 10 checks failed");
});

test("a runtime that is none for this machine, and that cannot close the network off", async () => {
  const path = configure();
  const text = readFileSync(path, "utf8").replace('runtime = "docker"', 'runtime = "apple"');
  writeFileSync(path, text);
  const { ok, code, of } = await doctor([], { HTTPS_PROXY: await startProxy() });
  expect([ok, code]).toEqual([false, 1]);
  expect(of.network).toMatchObject({
    verdict: "failure",
    detail: expect.stringContaining("The runner does not start so."),
    mend: expect.stringContaining('network = "default"'),
  });
  expect(of.runtime).toMatchObject({ verdict: "failure", detail: 'the runtime "apple" needs macOS' });
  writeFileSync(path, `${text}network = "default"\n`);
  expect((await doctor([], { HTTPS_PROXY: await startProxy() })).of.network).toBeUndefined();
});

test("a server that is away, and no configuration at all", async () => {
  configure("", { url: "http://127.0.0.1:1" });
  const { of } = await doctor([], { DOCKER_HOST: "unix:///nowhere.sock", HTTPS_PROXY: await startProxy() });
  expect(of.server).toMatchObject({
    verdict: "failure",
    detail: "asking http://127.0.0.1:1 for its GitHub connections: nothing listens there",
    mend: expect.stringContaining("http_proxy"),
  });
  expect(of.clock).toMatchObject({ verdict: "skipped" });
  place.clear();
  mkdirSync(place.home);
  const none = await doctor();
  expect(none.code).toBe(1);
  expect(none.of).toMatchObject({
    configuration: { verdict: "failure", mend: "plan42 runner config sets the runner up." },
    permissions: { verdict: "ok" },
    token: { verdict: "skipped" },
    disk: { verdict: "ok" },
    runner: { verdict: "warning" },
  });
});

test("a configuration that is wrong is told with all its errors, and what does not need it is looked at", async () => {
  const path = configure('max_jobs = 0\nnetwork = "none"\nhttp_proxy = "PROXY"\n', { token: "env:NONE" });
  writeFileSync(path, readFileSync(path, "utf8").replace("PROXY", await startProxy()));
  const { code, of } = await doctor();
  expect(code).toBe(1);
  expect(of.configuration).toMatchObject({
    verdict: "failure",
    detail: [
      `${path} has 3 errors:`,
      "runner.token (line 3): the environment variable NONE is not set",
      "runner.max_jobs (line 6): it must be a whole number from 1 to 10000",
      "runner.network (line 7): it must be one of isolated, default",
    ].join("\n"),
    mend: expect.stringContaining("plan42 runner config --set KEY=VALUE"),
  });
  expect(Object.values(of).map(({ check, verdict }) => `${check}: ${verdict}`)).toEqual([
    "configuration: failure",
    "permissions: ok",
    "token: skipped",
    "server: skipped",
    "clock: skipped",
    "github: skipped",
    "egress: ok",
    "disk: ok",
    "runtime: skipped",
    "image pull: skipped",
    "runner: warning",
  ]);
  const shown = await place.run(["doctor"]);
  expect(shown.stdout).toMatch(/^✗ configuration {2}\S.* has 3 errors:\n {17}runner\.token \(line 3\): /m);
  expect(await place.run(["runner", "status"])).toMatchObject({
    stderr: expect.stringContaining("\n  plan42 doctor says where\n"),
  });
});

test("variables that this shell does not have are a warning, and the rest is looked at", async () => {
  configure('[github.corp]\nname = "corp"\nconnection_id = "X"\ntoken = "env:GHT"\n');
  const environment = { DOCKER_HOST: await startEngine(), HTTPS_PROXY: await startProxy() };
  const { code, of } = await doctor([], environment);
  expect(of.configuration).toMatchObject({
    verdict: "warning",
    detail: expect.stringContaining("\nnot set in this shell, and named by the configuration: GHT"),
  });
  expect([of["github corp"]?.verdict, of.server?.verdict, of.runtime?.verdict]).toEqual([
    "skipped",
    "ok",
    "ok",
  ]);
  expect(code).toBe(0);
  const status = await place.run(["runner", "status"], { environment });
  expect(status.stderr).toContain("! not set in this shell, and named by the configuration: GHT\n");
  expect(status.stderr).not.toContain("cannot be used");
  const { config } = JSON.parse((await place.run(["runner", "status", "--json"])).stdout);
  expect(config).toMatchObject({
    problem: null,
    missingVariables: ["GHT"],
    tokenExpiresAt: expect.any(String),
  });
});

test("a runner's token in a variable that this shell does not have is not judged", async () => {
  configure("", { token: "env:NONE" });
  const environment = { DOCKER_HOST: await startEngine(), HTTPS_PROXY: await startProxy() };
  const { of } = await doctor([], environment);
  expect(of).toMatchObject({
    configuration: { verdict: "warning" },
    token: { verdict: "skipped" },
    server: { verdict: "skipped" },
    clock: { verdict: "ok" },
    runtime: { verdict: "ok" },
  });
});

test("a file that is no TOML, and one that cannot be read", async () => {
  const path = configure("max_jobs = \n");
  const environment = { HTTPS_PROXY: await startProxy() };
  const { of } = await doctor([], environment);
  expect(of.configuration).toMatchObject({
    detail: expect.stringMatching(/ has 1 error:\nfailed to parse config file: .* \(line 6\)$/),
    mend: "Mend it there; or plan42 runner config writes a new one, and keeps this one beside it.",
  });
  rmSync(path);
  mkdirSync(path);
  expect((await doctor([], environment)).of.configuration).toMatchObject({
    detail: `failed to open config file: ${path}: it is a directory`,
    mend: "It must be a file that this user may read.",
  });
});

test("a token that is no runner's, authorities that are none, and a secret that others can read", async () => {
  const path = configure("", { token: "p42u_a.b.c" });
  const environment = { HTTPS_PROXY: await startProxy(), DOCKER_HOST: "unix:///nowhere.sock" };
  const { of } = await doctor([], environment);
  expect(of).toMatchObject({
    configuration: { verdict: "ok" },
    token: { verdict: "failure", mend: expect.stringContaining("plan42 runner token NAME") },
    server: { verdict: "skipped" },
    clock: { verdict: "ok" },
  });
  const tokenFile = join(place.home, "token");
  writeFileSync(tokenFile, server.runnerToken);
  chmodSync(tokenFile, 0o640);
  const text = `[runner]\nurl = "${server.url}"\ntoken_file = "${tokenFile}"\nca_file = "${tokenFile}"\n`;
  writeFileSync(path, text);
  expect((await doctor([], environment)).of).toMatchObject({
    permissions: { verdict: "warning", mend: `chmod 600 ${tokenFile}` },
    server: { verdict: "failure", detail: `there is no PEM certificate in ca_file ${tokenFile}` },
  });
});
