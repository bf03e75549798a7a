import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostAddress } from "@plano/plan42-testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { agentImage, importAgent } from "./agent.ts";
import { buildPrograms, freePort, openStage, type Running, type Stage } from "./stage.ts";
import { hasTmux, openTerminalScreen, type TerminalScreen } from "./terminal-screen.ts";
import { canRunUserServices, startUserServices, type UserServices } from "./user-services.ts";

// A runner's first day, as a person sees it on a terminal: configured, made a service, watched, taken away.

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const docker = process.env.PLAN42_TEST_DOCKER;
const canRun = docker !== undefined && hasTmux && canRunUserServices();
const patience = { timeout: 60_000, interval: 100 };
let services: UserServices;
let stage: Stage;
let server: Running;
let url: string;

beforeAll(async () => {
  if (docker === undefined || !canRun) return;
  await buildPrograms();
  await importAgent(docker);
  services = await startUserServices();
  stage = openStage(services.environment);
  const address = await hostAddress(docker);
  const port = await freePort(address);
  url = `http://${address}:${port}`;
  server = stage.start([
    ...["server", "start", "--json", "--listen", `${address}:${port}`],
    ...["--data-dir", `${stage.home}/data`, "--public-url", `http://host.docker.internal:${port}`],
  ]);
  await vi.waitFor(() => expect(server.stdout()).toContain("\n"), patience);
  expect(await stage.run(["login"], server.stdout())).toMatchObject({ code: 0 });
  await stage.json(["runner", "create", "laptop", "--default", "--json"]);
  await stage.json(["environment", "create", "probe", "--image", agentImage, "--json"]);
}, 180_000);
afterAll(async () => {
  if (!canRun) return;
  await stage.run(["runner", "disable"]);
  await services.end();
  await stage.close();
});

/** A screen without what differs from run to run. */
function plain(shown: string): string {
  return shown
    .replaceAll(services.home, "~")
    .replaceAll(url, "http://SERVER")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b/g, "ID")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, "TIME")
    .replace(/\d+ ms|\d+(\.\d)? s|\d+[mhd] \d+[smh]/g, "SPAN")
    .replace(/last poll (?:SPAN ago|not yet)/g, "last poll WHEN")
    .replace(/\d+\.\d [KM]iB/g, "SIZE")
    .replace(/\b\d+\.\d\d\b/g, "N")
    .replace(/\d+ messages?/g, "N messages")
    .replace(/process \d+/g, "process PID")
    .replace(/ {2,}/g, "  ");
}

/** A shell with plan42 on its path, in the session of the user whose services these are. */
function openShell(): Promise<TerminalScreen> {
  const programs = join(services.home, "bin");
  mkdirSync(programs, { recursive: true });
  const program = join(programs, "plan42");
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  chmodSync(program, 0o755);
  return openTerminalScreen({
    folder: stage.home,
    words: ["bash", "--norc", "-i"],
    environment: {
      ...services.environment,
      PATH: `${programs}:${services.environment.PATH}`,
      DOCKER_HOST: docker,
      PS1: "shell> ",
    },
    columns: 120,
    rows: 30,
  });
}

test.runIf(canRun)(
  "a runner is set up, made a service, watched, and taken away",
  async () => {
    const shell = await openShell();
    /** Types a command, and resolves to what the screen shows when it has ended. */
    const type = async (command: string) => {
      await shell.press("clear", "Enter");
      // Else what the command before has left would be taken for this one's.
      await vi.waitFor(async () => expect(await shell.capture()).toBe("shell>"), patience);
      await shell.paste(`${command}; echo "ended with $?"`);
      await shell.press("Enter");
      return plain((await shell.until("\nended with")).replace(/^.*; echo .*\n/, ""));
    };
    /** Waits until what is on the screen fills the window. */
    const resize = async (columns: number, rows: number) => {
      await shell.resize(columns, rows);
      await vi.waitFor(async () => expect((await shell.capture()).split("\n")).toHaveLength(rows), patience);
    };
    try {
      const setUp = `plan42 runner token laptop | plan42 runner config --set runner.url=${url} --set runner.token=-`;
      expect(await type(setUp)).toMatchSnapshot("configure");
      appendFileSync(
        join(services.home, ".config/plan42-runner.toml"),
        'pull_policy = "if-not-present"\nmemory = "128M"\nmax_jobs = 4\ndisk_min_free = 0\nshutdown_timeout = "5s"\n',
      );
      expect(await type("plan42 runner enable")).toMatchSnapshot("enable");
      await vi.waitFor(async () => {
        const { stdout } = await stage.run(["runner", "status", "--json"]);
        expect(JSON.parse(stdout)).toMatchObject({ daemon: { queues: [{ phase: "polling" }] } });
      }, patience);
      expect(await type("plan42 runner status")).toMatchSnapshot("status");
      expect(await type("plan42 task create 'echo begin; sleep 600'")).toMatchSnapshot("run a task");

      await shell.press("clear; plan42 runner top", "Enter");
      // How busy it is shows from the second look on.
      await vi.waitFor(async () => expect(await shell.capture()).toMatch(/\d\.\d\d .* begin$/m), patience);
      expect(plain(await shell.capture())).toMatchSnapshot("top");
      await resize(50, 10);
      // Where lines are cut depends on process numbers and times.
      await vi.waitFor(async () => {
        const low = await shell.capture();
        expect(low).toMatch(/^› [0-9a-f]{8} {2}1 /m);
        for (const line of low.split("\n")) expect([...line].length).toBeLessThanOrEqual(50);
      }, patience);
      await resize(80, 24);
      await shell.press("?");
      expect(await shell.until("other keys go back")).toMatchSnapshot("keys of top");
      await shell.press("x", "Enter");
      await shell.until("(running)");
      await shell.until("begin");
      expect(plain(await shell.capture())).toMatchSnapshot("follow a log");
      await shell.press("k");
      await shell.until("Kill plan42-");
      await shell.press("n", "q");
      await shell.until("enter log");
      await shell.press("k");
      expect(plain(await shell.until("y kills it"))).toMatchSnapshot("kill, asked");
      await shell.press("y");
      await shell.until("is killed, and its turn fails");
      expect(plain(await shell.until("  none"))).toMatchSnapshot("killed");
      await shell.press("q");
      await shell.until("shell>");
      await shell.resize(120, 30);

      expect(await type("plan42 runner top | cat")).toMatchSnapshot("top as text");
      expect(await type("plan42 runner job list --all --offline")).toMatchSnapshot("jobs that have ended");
      const [jobId] = /plan42-\S+-1/.exec((await stage.run(["runner", "job", "list", "--all"])).stdout) ?? [];
      expect(await type(`plan42 runner job logs ${jobId}`)).toMatchSnapshot("log of a job");
      expect(await type("plan42 runner logs --lines 100 | grep -c 'job accepted'")).toContain(
        "1\nended with 0",
      );
      expect(await type("plan42 runner disable")).toMatchSnapshot("disable");
      expect(await type("plan42 runner status 2>&1 | head -n 3")).toMatchSnapshot("status without a runner");
      expect(await type("plan42 runner top")).toMatchSnapshot("top without a runner");
    } finally {
      await shell.close();
    }
  },
  180_000,
);
