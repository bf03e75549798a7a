import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Executed, ServiceDefinition } from "./service-manager.ts";
import { createSystemd, renderUnit } from "./systemd.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plan42-systemd-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const definition: ServiceDefinition = {
  command: ["/usr/bin/node", "/opt/50% off/plan42-runner.cjs", "--config-file", '/home/a b/$x"y.toml'],
  logFile: "/home/a b/100%/log.txt",
  stopSeconds: 330,
  environment: { PATH: "/usr/bin:/bin", XDG_STATE_HOME: "/home/a b/state" },
  needsPrivileges: false,
};

function systemd(answer: (words: string) => Partial<Executed>) {
  const calls: string[] = [];
  const manager = createSystemd({
    configFolder: folder,
    userName: "ann",
    execute: async (program, words) => {
      const call = [program, ...words].join(" ");
      calls.push(call);
      return { code: 0, stdout: "", stderr: "", ...answer(call) };
    },
  });
  return { manager, calls };
}

test("the unit says what has to be said, with blanks, percent signs and dollars as they are meant", () => {
  expect(renderUnit(definition)).toBe(`[Unit]
Description=Plan42 runner
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=exec
ExecStart=/usr/bin/node "/opt/50%% off/plan42-runner.cjs" --config-file "/home/a b/$$x\\"y.toml"
ExecReload=/bin/kill -HUP $MAINPID
Environment=PATH=/usr/bin:/bin
Environment="XDG_STATE_HOME=/home/a b/state"
Restart=on-failure
RestartSec=10
RestartPreventExitStatus=78
KillMode=mixed
TimeoutStopSec=330
StandardOutput=append:/home/a b/100%%/log.txt
StandardError=append:/home/a b/100%%/log.txt
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
`);
  expect(renderUnit({ ...definition, needsPrivileges: true })).not.toContain("NoNewPrivileges");
});

test("enabling describes it, and starts it anew", async () => {
  const { manager, calls } = systemd(() => ({}));
  await manager.enable(definition);
  expect(calls).toEqual([
    "systemctl --user show --property Version",
    "systemctl --user daemon-reload",
    "systemctl --user reset-failed plan42-runner.service",
    "systemctl --user enable plan42-runner.service",
    "systemctl --user restart plan42-runner.service",
  ]);
  expect(statSync(manager.file).mode & 0o777).toBe(0o644);
  expect(readFileSync(manager.file, "utf8")).toBe(renderUnit(definition));
});

test.each([
  ["Failed to connect to bus: No medium found", 1, /cannot be reached: Failed to connect to bus/],
  ["", 127, /there is no systemd on this machine/],
  [
    "Failed to restart plan42-runner.service: Access denied",
    4,
    /^systemd: Failed to restart .*Access denied$/,
  ],
])("%j leaves nothing behind", async (stderr, code, message) => {
  const { manager } = systemd(() => ({ code, stderr }));
  await expect(manager.enable(definition)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  expect(existsSync(manager.file)).toBe(false);
});

test.each([
  [
    "LoadState=not-found\nActiveState=inactive\nMainPID=0\nExecMainStatus=0\nNRestarts=0",
    "not enabled",
    false,
  ],
  ["LoadState=loaded\nActiveState=inactive\nMainPID=0\nExecMainStatus=0\nNRestarts=0", "stopped", false],
  ["LoadState=loaded\nActiveState=failed\nMainPID=0\nExecMainStatus=78\nNRestarts=3", "failed", false],
  ["LoadState=loaded\nActiveState=active\nMainPID=42\nExecMainStatus=0\nNRestarts=1", "running", true],
])("%j is %s", async (stdout, phase, isStopped) => {
  const { manager, calls } = systemd((call) => (call.includes(" show ") ? { stdout } : {}));
  expect((await manager.state()).phase).toBe(phase);
  expect(await manager.stop()).toBe(isStopped ? "ended" : "not-running");
  expect(calls.includes("systemctl --user stop plan42-runner.service")).toBe(isStopped);
});

test("the configuration file is read out of the unit, however it is written there", async () => {
  const { manager } = systemd(() => ({}));
  expect(manager.configFile()).toBeUndefined();
  for (const path of ["/home/ann/runner.toml", String.raw`/home/a b/$x"y\z/50% off.toml`]) {
    await manager.enable({ ...definition, command: ["/opt/plan42-runner", "--config-file", path] });
    expect(manager.configFile()).toBe(path);
  }
});

test("one that was killed is told by its signal while it is started again", async () => {
  const stdout =
    "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nMainPID=0\nExecMainCode=2\nExecMainStatus=9\nNRestarts=1";
  const { manager } = systemd((call) => (call.includes(" show ") ? { stdout } : {}));
  expect(await manager.state()).toEqual({
    phase: "restarting",
    pid: undefined,
    lastExitCode: undefined,
    lastSignal: 9,
    restarts: 1,
  });
  expect(await manager.stop()).toBe("ended");
});

test("a stop that ended with a kill is told as such, with the limit that the unit has", async () => {
  let isKilled = false;
  const { manager } = systemd((call) => {
    if (/ (?:stop|disable) /.test(call)) isKilled = true;
    const [active, code, status] = isKilled ? ["failed", 2, 9] : ["active", 0, 0];
    const properties = ["LoadState=loaded", `ActiveState=${active}`, `ExecMainCode=${code}`];
    return { stdout: [...properties, `ExecMainStatus=${status}`].join("\n") };
  });
  expect(manager.stopSeconds()).toBeUndefined();
  await manager.enable(definition);
  expect(manager.stopSeconds()).toBe(330);
  expect(await manager.stop()).toBe("killed");
  isKilled = false;
  expect(await manager.disable()).toBe("killed");
});

test("who does not linger is told what that means", async () => {
  const { manager } = systemd((call) => (call.startsWith("loginctl") ? { stdout: "Linger=no\n" } : {}));
  expect(await manager.advice()).toEqual([expect.stringContaining("loginctl enable-linger ann")]);
  expect(await systemd(() => ({ stdout: "Linger=yes\n" })).manager.advice()).toEqual([]);
});
