import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processStart } from "../src/gateway/process-start.ts";
import { configFor, createWorkplace, eventually, idleProcess, type Workplace } from "./workplace.ts";

// Every test starts real processes: a small substitute takes the place of the data plane.

const secret = "sk-this-must-not-be-seen";
const keys = { OPENAI_API_KEY: secret };

let workplace: Workplace;
beforeEach(async () => {
  workplace = await createWorkplace();
});
afterEach(() => workplace.clear());

const runFile = (name: string) => join(workplace.home, ".plano", "run", name);
const readRecord = () => JSON.parse(readFileSync(runFile("plano.pid"), "utf8"));
const readLog = () => readFileSync(runFile("logs/brightstaff.log"), "utf8");
const answeringPid = async (port = workplace.port) =>
  Number(await (await fetch(`http://127.0.0.1:${port}/healthz`)).text());

test("up starts the gateway, status knows it, down stops it, and both may be said again", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const up = await workplace.run(["up", "config.yaml"], keys);
  expect(up.stderr).toBe("");
  expect(up.code).toBe(0);
  expect(up.stdout).toContain(`http://127.0.0.1:${workplace.port}`);
  expect(up.stdout).toContain('{"model":"m0"');
  const { brightstaff_pid: pid, envoy_pid: envoy } = readRecord();
  expect(envoy).toBeNull();
  expect(await answeringPid()).toBe(pid);

  const status = await workplace.run(["status", "--json"]);
  expect(status.code).toBe(0);
  expect(JSON.parse(status.stdout)).toMatchObject({
    running: true,
    pid,
    config_path: join(workplace.folder, "config.yaml"),
    listeners: [{ name: "models", port: workplace.port, healthy: true }],
    metrics_url: `http://127.0.0.1:${workplace.metricsPort}/metrics`,
    model_providers: [{ name: "main", model: "m0", provider_interface: "openai", default: false }],
  });

  expect(await workplace.run(["down"])).toMatchObject({ code: 0, stderr: "" });
  expect(processStart(pid)).toBeUndefined();
  expect(existsSync(runFile("plano.pid"))).toBe(false);
  expect(await workplace.run(["down"])).toMatchObject({
    code: 0,
    stdout: "No gateway is running\n",
    stderr: "",
  });
  expect(await workplace.run(["status"])).toMatchObject({ code: 3, stdout: "No gateway is running\n" });
  expect(JSON.parse((await workplace.run(["status", "--json"])).stdout)).toEqual({ running: false });
});

test("the environment of the data plane holds the keys that it needs and nothing else, and no file holds them", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const up = await workplace.run(["up", "-v"], {
    ...keys,
    UNRELATED_SECRET: "x",
    HTTPS_PROXY: "http://proxy:1",
  });
  expect(up.code).toBe(0);
  const log = readLog();
  const names = /^environment (.*)$/m.exec(log)?.[1]?.split(" ") ?? [];
  expect(names).toContain("OPENAI_API_KEY");
  expect(names).toContain("HTTPS_PROXY");
  expect(names).not.toContain("UNRELATED_SECRET");
  expect(names).not.toContain("PLANO_BRIGHTSTAFF");
  const seen = [
    up.stdout,
    up.stderr,
    log,
    readFileSync(runFile("arch_config_rendered.yaml"), "utf8"),
    JSON.stringify(readRecord()),
  ];
  expect(seen.join("")).not.toContain(secret);
});

test("files of a running gateway are for their owner only", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  for (const name of ["plano.pid", "arch_config_rendered.yaml", "logs/brightstaff.log"]) {
    expect((statSync(runFile(name)).mode & 0o777).toString(8), name).toBe("600");
  }
  for (const name of [".", "logs", ".."]) {
    expect((statSync(runFile(name)).mode & 0o777).toString(8), name).toBe("700");
  }
});

test("a .env beside the file is laid over the environment; only what is needed is taken from it", async () => {
  const path = workplace.write("there/plano_config.yaml", configFor(workplace));
  workplace.write("there/.env", `# keys\nexport OPENAI_API_KEY="${secret}" # mine\nOTHER=1\n`);
  const up = await workplace.run(["up", path]);
  expect(up).toMatchObject({ code: 0 });
  expect(readLog()).toMatch(/^environment .*\bOPENAI_API_KEY\b/m);
  expect(readLog()).not.toMatch(/\bOTHER\b/);
});

test("up on a running gateway replaces it, without waiting for its streams", async () => {
  workplace.write("slow.yaml", configFor(workplace, ["slow-drain"]));
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up", "slow.yaml"], keys);
  const { brightstaff_pid: before } = readRecord();
  const up = await workplace.run(["up"], keys);
  expect(up).toMatchObject({ code: 0, stderr: "" });
  expect(processStart(before)).toBeDefined();
  const { brightstaff_pid: after } = readRecord();
  expect(after).not.toBe(before);
  expect(await answeringPid()).toBe(after);
  await eventually(() => processStart(before) === undefined, "the old gateway goes");
});

test("what cannot be started does not touch what runs", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const before = {
    record: readRecord(),
    rendered: readFileSync(runFile("arch_config_rendered.yaml"), "utf8"),
  };
  workplace.write("broken.yaml", "version: v0.4.0\nmodel_provider: []\n");
  workplace.write("keyless.yaml", configFor(workplace));
  expect((await workplace.run(["up", "broken.yaml"], keys)).code).toBe(1);
  expect((await workplace.run(["up", "keyless.yaml"])).code).toBe(1);
  expect((await workplace.run(["up", "missing.yaml"], keys)).code).toBe(1);
  expect((await workplace.run(["up"], { ...keys, PLANO_BRIGHTSTAFF: "/nowhere" })).code).toBe(1);
  expect({
    record: readRecord(),
    rendered: readFileSync(runFile("arch_config_rendered.yaml"), "utf8"),
  }).toEqual(before);
  expect(await answeringPid()).toBe(before.record.brightstaff_pid);
});

test("what the data plane would refuse is told before what runs is stopped", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const pid = await answeringPid();
  const rendered = readFileSync(runFile("arch_config_rendered.yaml"), "utf8");
  const names = readdirSync(runFile("."));
  const bad = workplace.write("bad.yaml", configFor(workplace, ["refused"]));
  const up = await workplace.run(["up", "bad.yaml"], keys);
  expect(up.code).toBe(1);
  expect(up.stdout).not.toContain("Stopped");
  expect(up.stderr).toBe(
    `✗ Validation failed: the data plane refuses ${bad}\n  ${bad}: refused\n  with ${secret.length}\n`,
  );
  expect(await answeringPid()).toBe(pid);
  expect(readRecord().brightstaff_pid).toBe(pid);
  expect(readFileSync(runFile("arch_config_rendered.yaml"), "utf8")).toBe(rendered);
  expect(readdirSync(runFile("."))).toEqual(names);
});

test("a data plane that does not know how to check is started all the same", async () => {
  workplace.write("config.yaml", configFor(workplace, ["older"]));
  expect(await workplace.run(["up"], keys)).toMatchObject({ code: 0, stderr: "" });
});

test.each(["missing", "file"])("a home that is a %s is told", async (kind) => {
  workplace.write("file", "");
  workplace.write("config.yaml", configFor(workplace));
  const home = join(workplace.folder, kind);
  const { code, stderr } = await workplace.run(["up"], { ...keys, HOME: home });
  expect(code).toBe(1);
  expect(stderr).toContain(`cannot write ${join(home, ".plano")}`);
  expect(stderr).toContain("Set HOME to a folder");
});

test.runIf(process.platform === "linux")("a home that takes no folder is told, without end", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const { code, stderr } = await workplace.run(["up"], { ...keys, HOME: "/proc" });
  expect(code).toBe(1);
  expect(stderr).toContain("cannot write /proc/.plano");
});

test("a port that another program has is named, with that program, and the running gateway stays", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const other = createServer().listen(0, "127.0.0.1");
  await eventually(() => other.listening, "the other program listens");
  const address = other.address();
  const taken = typeof address === "object" && address !== null ? address.port : 0;
  try {
    const up = await workplace.run(
      ["up", workplace.write("taken.yaml", configFor({ ...workplace, port: taken }))],
      keys,
    );
    expect(up.code).toBe(1);
    expect(up.stderr).toContain(`port ${taken} (listener models) is in use by`);
    if (process.platform === "linux") expect(up.stderr).toContain(`(pid ${process.pid})`);
    expect(await answeringPid()).toBe(readRecord().brightstaff_pid);
    const metrics = await workplace.run(["up"], { ...keys, METRICS_BIND_ADDRESS: `127.0.0.1:${taken}` });
    expect(metrics.stderr).toContain(`port ${taken} (metrics) is in use by`);
  } finally {
    other.close();
  }
});

test("a data plane that ends at once is reported with the end of its log", async () => {
  workplace.write("config.yaml", configFor(workplace, ["exit-2"]));
  const up = await workplace.run(["up"], keys);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain("the gateway did not start: it does not accept the configuration");
  expect(up.stderr).toContain("cannot go on: exit-2");
  expect(existsSync(runFile("plano.pid"))).toBe(false);
});

test("an interruption while it waits leaves nothing behind", async () => {
  workplace.write("config.yaml", configFor(workplace, ["mute"]));
  const up = workplace.start(["up"], keys);
  await eventually(
    () => existsSync(runFile("plano.pid")) && readLog().includes("environment"),
    "the data plane runs",
  );
  const { brightstaff_pid: pid } = readRecord();
  up.interrupt();
  expect((await up.outcome).code).toBe(130);
  expect(processStart(pid)).toBeUndefined();
  expect(existsSync(runFile("plano.pid"))).toBe(false);
});

test("a replacement that does not start says that none runs now", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const up = await workplace.run(["up", workplace.write("bad.yaml", configFor(workplace, ["exit-1"]))], keys);
  expect(up.code).toBe(1);
  expect(up.stderr).toContain("none runs now");
  expect((await workplace.run(["status"])).code).toBe(3);
});

test("a process file left by a gateway that was killed does not stand in the way", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const { brightstaff_pid: pid } = readRecord();
  process.kill(pid, "SIGKILL");
  await eventually(() => processStart(pid) === undefined, "the gateway is gone");
  expect((await workplace.run(["status"])).code).toBe(3);
  const down = await workplace.run(["down"]);
  expect(down).toMatchObject({ code: 0, stderr: "" });
  expect(down.stdout).toContain("removed a process file left by a gateway that is gone");
  const up = await workplace.run(["up"], keys);
  expect(up.code, up.stderr).toBe(0);
});

test("an Envoy that outlived its gateway is named by status and ended by down", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const record = readRecord();
  process.kill(record.brightstaff_pid, "SIGKILL");
  await eventually(() => processStart(record.brightstaff_pid) === undefined, "the gateway is gone");
  const envoy = await idleProcess(runFile("envoy.yaml"));
  try {
    writeFileSync(runFile("plano.pid"), JSON.stringify({ ...record, native: { programs: [] } }));
    writeFileSync(runFile("envoy.pid"), `${envoy.pid}\n`);
    const url = `http://127.0.0.1:${workplace.port}`;
    expect(await workplace.run(["status"])).toEqual({
      code: 3,
      stdout: "No gateway is running\n",
      stderr: expect.stringMatching(
        new RegExp(`still serves \\(pid ${envoy.pid}\\): ${url}\n.*planoai down\n$`),
      ),
    });
    const { code, stdout } = await workplace.run(["status", "--json"]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual({
      running: false,
      orphaned_envoy: { pid: envoy.pid, urls: [url], ended_by: "planoai down" },
    });
    expect((await workplace.run(["down"])).stdout).toContain("Stopped the Envoy of a gateway that is gone");
    expect(JSON.parse((await workplace.run(["status", "--json"])).stdout)).toEqual({ running: false });
  } finally {
    envoy.end();
  }
});

test("a number that another process got meanwhile is neither shown nor killed", async () => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const record = readRecord();
  await workplace.run(["down"]);
  const stranger = await idleProcess();
  try {
    writeFileSync(runFile("plano.pid"), JSON.stringify({ ...record, brightstaff_pid: stranger.pid }));
    expect((await workplace.run(["status"])).code).toBe(3);
    expect((await workplace.run(["up"], keys)).code).toBe(0);
    writeFileSync(runFile("other"), "");
    expect((await workplace.run(["down"])).code).toBe(0);
    writeFileSync(runFile("plano.pid"), JSON.stringify({ ...record, brightstaff_pid: stranger.pid }));
    expect((await workplace.run(["down"])).code).toBe(0);
    expect(processStart(stranger.pid)).toBeDefined();
  } finally {
    stranger.end();
  }
});

test.each([
  "",
  "{",
  "null",
  "[]",
  "1234",
  '{"brightstaff_pid": 1}',
  '{"envoy_pid": 1, "brightstaff_pid": -1}',
])("a process file of %j is put aside", async (content) => {
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  await workplace.run(["down"]);
  writeFileSync(runFile("plano.pid"), content);
  expect((await workplace.run(["status"])).code).toBe(3);
  expect(await workplace.run(["down"])).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(runFile("plano.pid"))).toBe(false);
});

test("a data plane that does not go within its limit is killed", async () => {
  workplace.write("config.yaml", configFor(workplace, ["deaf"], "overrides: {drain_timeout: 0}\n"));
  await workplace.run(["up"], keys);
  const { brightstaff_pid: pid } = readRecord();
  const down = await workplace.run(["down"]);
  expect(down.code).toBe(0);
  expect(down.stderr).toContain("was killed");
  expect(processStart(pid)).toBeUndefined();
}, 30_000);

test("in the foreground the log is shown and kept, and a signal ends it after the drain", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const up = workplace.start(["up", "--foreground"], keys);
  await eventually(() => up.text().includes("Plano is running"), "the gateway runs");
  const { brightstaff_pid: pid } = readRecord();
  expect((await workplace.run(["status"])).code).toBe(0);
  up.interrupt();
  up.interrupt();
  const outcome = await up.outcome;
  expect(outcome.code).toBe(0);
  expect(outcome.stderr).toContain(`listening on 127.0.0.1:${workplace.port}`);
  expect(readLog()).toContain("stopping");
  expect(processStart(pid)).toBeUndefined();
  expect(existsSync(runFile("plano.pid"))).toBe(false);
});

test("a gateway in the foreground that another up replaces ends well and leaves the new one alone", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const first = workplace.start(["up", "--foreground"], keys);
  await eventually(() => first.text().includes("Plano is running"), "the first runs");
  expect((await workplace.run(["up"], keys)).code).toBe(0);
  expect((await first.outcome).code).toBe(0);
  expect((await workplace.run(["status"])).code).toBe(0);
});

test("logs shows the last lines, and with -f what follows, also after a restart", async () => {
  expect((await workplace.run(["logs"])).code).toBe(1);
  workplace.write("config.yaml", configFor(workplace));
  await workplace.run(["up"], keys);
  const last = await workplace.run(["logs", "-n", "1"]);
  expect(last.stdout.trim().split("\n")).toHaveLength(1);
  const following = workplace.start(["logs", "--follow", "--lines", "0"]);
  await workplace.run(["up"], keys);
  await eventually(
    () => following.text().includes(`listening on 127.0.0.1:${workplace.port}`),
    "the new log is shown",
  );
  following.interrupt();
  expect((await following.outcome).code).toBe(0);
});

test("two of planoai do not start or stop the gateway at the same time", async () => {
  workplace.write("config.yaml", configFor(workplace));
  const [first, second] = await Promise.all([workplace.run(["up"], keys), workplace.run(["up"], keys)]);
  expect([first.code, second.code].sort()).toEqual([0, 1]);
  expect(first.stderr + second.stderr).toContain("another planoai is starting or stopping the gateway");
  expect((await workplace.run(["up"], keys)).code).toBe(0);
  writeFileSync(runFile("plano.lock"), "999999999 gone");
  expect((await workplace.run(["down"])).code).toBe(0);
});

test("without a file it starts with what keys are set, on loopback", async () => {
  const up = await workplace.run(["up", "--listener-port", String(workplace.port)], keys);
  expect(up.code).toBe(0);
  expect(up.stdout).toContain("env-keyed: openai | pass-through: anthropic, ");
  expect(readRecord()).toMatchObject({
    config_path: join(workplace.home, ".plano", "default_config.yaml"),
    listeners: [{ address: "127.0.0.1", port: workplace.port }],
  });
  rmSync(join(workplace.home, ".plano", "default_config.yaml"));
});
