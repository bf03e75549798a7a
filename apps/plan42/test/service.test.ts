import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FakePlan42, startFakePlan42 } from "@plano/plan42-testkit";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { canRunUserServices, startUserServices, type UserServices } from "./user-services.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const runner = fileURLToPath(new URL("../../plan42-runner/src/main.ts", import.meta.url));
const wait = { timeout: 90_000, interval: 200 };

let services: UserServices;
let server: FakePlan42;

describe.runIf(canRunUserServices())("a service of a real systemd", () => {
  beforeEach(async () => {
    services = await startUserServices();
    server = await startFakePlan42();
    configure();
  }, 300_000);
  afterEach(async () => {
    await services.end();
    await server.close();
  });

  const file = () => join(services.home, ".config/systemd/user/plan42-runner.service");
  const configure = (rest = "") => {
    const folder = join(services.home, ".config");
    mkdirSync(folder, { recursive: true });
    const text = `[runner]\nurl = "${server.url}"\ntoken = "${server.runnerToken}"\nruntime = "docker"\n${rest}`;
    writeFileSync(join(folder, "plan42-runner.toml"), text, { mode: 0o600 });
  };
  const plan42 = (...words: string[]) => plan42With({}, ...words);
  const plan42With = (variables: Record<string, string>, ...words: string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const env = { ...services.environment, ...variables, PLAN42_RUNNER_BINARY: runner };
      execFile(process.execPath, [main, ...words], { env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === "number" ? error.code : 0, stdout, stderr }),
      );
    });
  const status = async () => JSON.parse((await plan42("runner", "status", "--json")).stdout);

  test("is enabled, tells how it is, is stopped, started anew and disabled", async () => {
    expect(await status()).toMatchObject({ running: false, service: { phase: "not enabled" }, daemon: null });
    const enabled = await plan42("runner", "enable");
    expect(enabled, enabled.stderr).toMatchObject({ code: 0 });
    expect(enabled.stdout).toContain(file());
    await vi.waitFor(async () => {
      expect(await status()).toMatchObject({
        running: true,
        service: { manager: "systemd", phase: "running", lastExitCode: 0, restarts: 0, problem: null },
        daemon: { url: server.url, queues: [{ phase: "polling" }], jobs: [] },
        config: { problem: null },
      });
    }, wait);
    const { service, daemon } = await status();
    expect(service.pid).toBe(daemon.pid);
    const shown = await plan42("runner", "status");
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain(`The runner is running (process ${daemon.pid}`);
    // The stand-in's token is good for an hour.
    expect(shown.stderr).toContain("plan42 runner token NAME | plan42 runner config --set runner.token=-");

    expect((await plan42("runner", "enable")).code).toBe(0);
    await vi.waitFor(async () => expect((await status()).daemon?.pid).not.toBe(daemon.pid), wait);
    // The one before was let finish: its queue is not left behind.
    expect((await status()).service.restarts).toBe(0);

    expect(await plan42("runner", "stop")).toMatchObject({ code: 0 });
    expect(server.queues.all.size).toBe(0);
    expect(await plan42("runner", "status")).toMatchObject({ code: 4 });
    expect((await plan42("runner", "stop")).stdout).toContain("is not running");
    expect((await status()).service).toMatchObject({ phase: "stopped", lastExitCode: 0 });

    const log = await plan42("runner", "logs", "--lines", "3");
    expect(log.stdout.trim().split("\n")).toHaveLength(3);
    expect(log.stdout).toContain("stopped");
    expect(await plan42("runner", "disable")).toMatchObject({ code: 0 });
    expect(existsSync(file())).toBe(false);
    expect((await plan42("runner", "disable")).stdout).toContain("is no service");
    expect((await status()).service.phase).toBe("not enabled");
  }, 300_000);

  test("starts again when it was killed", async () => {
    await plan42("runner", "enable");
    const { daemon } = await status();
    process.kill(daemon.pid, "SIGKILL");
    await vi.waitFor(async () => {
      expect((await plan42("runner", "status")).stdout).toContain("being started again, ended by signal 9");
    }, wait);
    await vi.waitFor(async () => {
      const now = await status();
      expect(now).toMatchObject({ running: true, service: { restarts: 1 } });
      expect(now.daemon.pid).not.toBe(daemon.pid);
    }, wait);
  }, 300_000);

  test("with a configuration that is no good does not come up, says why, and is not tried for ever", async () => {
    configure('ca_file = "/nowhere.pem"\n');
    const { code, stderr } = await plan42("runner", "enable");
    expect(code).toBe(1);
    expect(stderr).toContain("exit code 78");
    expect(stderr).toContain("/nowhere.pem");
    expect((await status()).service).toMatchObject({
      phase: "failed",
      lastExitCode: 78,
      restarts: 0,
      lastWords: expect.stringContaining("/nowhere.pem"),
    });
    expect((await plan42("runner", "status")).stdout).toMatch(/failed, last exit code 78\n.*nowhere\.pem/);
    expect(readFileSync(file(), "utf8")).not.toContain(server.runnerToken);
  }, 300_000);

  test("with a token in a variable, and with a file of another place, is told as it is", async () => {
    configure();
    const folder = join(services.home, ".config");
    const usual = join(folder, "plan42-runner.toml");
    const other = join(folder, "other one.toml");
    writeFileSync(other, readFileSync(usual, "utf8"), { mode: 0o600 });
    writeFileSync(usual, readFileSync(usual, "utf8").replace(/token = .*/, 'token = "env:ABC"'));
    for (const environment of [{}, { ABC: server.runnerToken }]) {
      const { code, stderr } = await plan42With(environment, "runner", "enable");
      expect(code).not.toBe(0);
      expect(stderr).toContain("A service does not get this shell's variables");
      expect(stderr).toContain("token_file");
    }
    const enabled = await plan42("runner", "enable", "--config-file", other);
    expect(enabled, enabled.stderr).toMatchObject({ code: 0 });
    expect(enabled.stderr).toMatch(/^Starting the runner as a service of systemd\n/);
    expect((await status()).config).toMatchObject({ path: other, problem: null });
    expect((await plan42("runner", "disable")).stderr).toBe("Stopping the runner; its jobs may finish\n");
    expect((await status()).config).toMatchObject({ path: usual });
  }, 300_000);
});

test("without a session, what to do is said", async () => {
  const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", PLAN42_RUNNER_BINARY: runner };
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
    execFile(process.execPath, [main, "runner", "disable"], { env }, (error, _stdout, stderr) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, stderr }),
    );
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/plan42 runner exec/);
});
