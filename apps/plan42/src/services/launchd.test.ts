import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLaunchd } from "./launchd.ts";
import type { Executed, ServiceDefinition } from "./service-manager.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "plan42-launchd-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const definition: ServiceDefinition = {
  command: ["/opt/plan42/bin/plan42-runner", "--config-file", "/Users/ann/a & b.toml"],
  logFile: "/Users/ann/Library/Logs/ai.plan42.runner/log.txt",
  stopSeconds: 330,
  environment: { PATH: "/usr/bin:/bin" },
  needsPrivileges: false,
};
const plist = () => join(home, "Library/LaunchAgents/ai.plan42.runner.plist");
const missing: Executed = {
  code: 113,
  stdout: "",
  stderr: 'Could not find service "ai.plan42.runner" in domain',
};
const fine: Executed = { code: 0, stdout: "", stderr: "" };
const running: Executed = {
  code: 0,
  stdout:
    "ai.plan42.runner = {\n\tactive count = 1\n\tstate = running\n\n\tpid = 4711\n\tlast exit code = 1\n}\n",
  stderr: "",
};

/** launchd with what it answers, in the order of the questions; the last answer of a kind stays. */
function launchd(answers: Readonly<Record<string, readonly Executed[]>>) {
  const calls: string[] = [];
  const left = new Map(Object.entries(answers).map(([verb, list]) => [verb, [...list]]));
  const manager = createLaunchd({
    home,
    userId: 501,
    pollMilliseconds: 1,
    execute: async (program, words) => {
      calls.push([program, ...words].join(" "));
      const list = left.get(words[0] ?? "") ?? [fine];
      return (list.length > 1 ? list.shift() : list[0]) ?? fine;
    },
  });
  return { manager, calls };
}

test("the first time it is described, enabled and begun", async () => {
  const { manager, calls } = launchd({ print: [missing] });
  await manager.enable(definition);
  expect(calls).toEqual([
    "launchctl print gui/501/ai.plan42.runner",
    "launchctl enable gui/501/ai.plan42.runner",
    `launchctl bootstrap gui/501 ${plist()}`,
  ]);
  expect(statSync(plist()).mode & 0o777).toBe(0o644);
  expect(readFileSync(plist(), "utf8")).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
  <dict>
    <key>Label</key>
    <string>ai.plan42.runner</string>
    <key>ProgramArguments</key>
    <array>
      <string>/opt/plan42/bin/plan42-runner</string>
      <string>--config-file</string>
      <string>/Users/ann/a &amp; b.toml</string>
    </array>
    <key>RunAtLoad</key>
    <true/>
    <key>KeepAlive</key>
    <dict>
      <key>SuccessfulExit</key>
      <false/>
    </dict>
    <key>ExitTimeOut</key>
    <integer>330</integer>
    <key>StandardErrorPath</key>
    <string>/Users/ann/Library/Logs/ai.plan42.runner/log.txt</string>
    <key>StandardOutPath</key>
    <string>/Users/ann/Library/Logs/ai.plan42.runner/log.txt</string>
    <key>ThrottleInterval</key>
    <integer>30</integer>
    <key>ProcessType</key>
    <string>Background</string>
    <key>EnvironmentVariables</key>
    <dict>
      <key>PATH</key>
      <string>/usr/bin:/bin</string>
    </dict>
  </dict>
</plist>
`);
});

test("one that drains is waited for, and what launchd has not cleared away yet is tried again", async () => {
  const busy: Executed = { code: 5, stdout: "", stderr: "Bootstrap failed: 5: Input/output error" };
  const { manager, calls } = launchd({
    print: [running, running, running, missing],
    bootstrap: [busy, busy, fine],
  });
  await manager.enable(definition);
  expect(calls.map((call) => call.split(" ")[1])).toEqual([
    ...["print", "bootout", "print", "print", "print"],
    ...["enable", "bootstrap", "bootstrap", "bootstrap"],
  ]);
  expect(calls).not.toContainEqual(expect.stringContaining("kickstart"));
});

test("another refusal is told in launchd's words", async () => {
  const refusal: Executed = {
    code: 125,
    stdout: "",
    stderr: "Bootstrap failed: 125: Domain does not support it\n",
  };
  const { manager } = launchd({ print: [missing], bootstrap: [refusal] });
  await expect(manager.enable(definition)).rejects.toThrow("launchd: Bootstrap failed: 125");
});

test("what is not loaded is stopped already", async () => {
  const { manager, calls } = launchd({ print: [missing] });
  expect(await manager.stop()).toBe("not-running");
  expect(await manager.disable()).toBeUndefined();
  expect(calls.filter((call) => call.includes("bootout"))).toEqual([]);
});

test("stopping leaves the description, disabling takes it away", async () => {
  const { manager, calls } = launchd({ print: [missing, running, missing] });
  await manager.enable(definition);
  expect(await manager.stop()).toBe("ended");
  expect(calls).toContain(`launchctl bootout gui/501 ${plist()}`);
  expect((await manager.state()).phase).toBe("stopped");
  expect(await manager.disable()).toBe("not-running");
  expect(calls.at(-1)).toBe("launchctl disable gui/501/ai.plan42.runner");
  expect(existsSync(plist())).toBe(false);
  expect((await manager.state()).phase).toBe("not enabled");
});

test("a stop that took all the time there is was a kill", async () => {
  const { manager } = launchd({ print: [missing, running, missing] });
  await manager.enable({ ...definition, stopSeconds: 0 });
  expect(manager.stopSeconds()).toBe(0);
  expect(await manager.stop()).toBe("killed");
});

test("the configuration file is read out of the agent", async () => {
  const { manager } = launchd({ print: [missing] });
  expect(manager.configFile()).toBeUndefined();
  await manager.enable(definition);
  expect(manager.configFile()).toBe("/Users/ann/a & b.toml");
});

test("the state is read out of launchd's description", async () => {
  const { manager } = launchd({ print: [running] });
  expect(await manager.state()).toEqual({
    phase: "running",
    pid: 4711,
    lastExitCode: 1,
    lastSignal: undefined,
    restarts: undefined,
  });
  const killed: Executed = {
    ...running,
    stdout: "x = {\n\tstate = not running\n\tlast terminating signal = Killed: 9\n}\n",
  };
  expect(await launchd({ print: [killed] }).manager.state()).toMatchObject({
    phase: "failed",
    lastExitCode: undefined,
    lastSignal: 9,
  });
  const waiting: Executed = {
    ...running,
    stdout: "x = {\n\tstate = waiting\n\tlast exit code = 78: EX_CONFIG\n}\n",
  };
  expect(await launchd({ print: [waiting] }).manager.state()).toMatchObject({
    phase: "failed",
    lastExitCode: 78,
  });
});
