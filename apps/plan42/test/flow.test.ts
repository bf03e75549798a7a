import { appendFileSync, readdirSync, utimesSync } from "node:fs";
import { hostAddress } from "@plano/plan42-testkit";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { agentImage, completingPrompt, importAgent } from "./agent.ts";
import { buildPrograms, freePort, openStage, type Running, type Stage } from "./stage.ts";

// A server, a runner and containers, operated by this program alone. Steps build on each other.

const docker = process.env.PLAN42_TEST_DOCKER;
const patience = { timeout: 60_000, interval: 100 };
let stage: Stage;
let port: number;
let serverWords: string[];
let server: Running;
let runner: Running;

beforeAll(async () => {
  if (docker === undefined) return;
  await buildPrograms();
  stage = openStage();
  await importAgent(docker);
  // Containers reach this machine by the bridge's address.
  const address = await hostAddress(docker);
  port = await freePort(address);
  serverWords = [
    ...["server", "start", "--json", "--listen", `${address}:${port}`, "--data-dir", `${stage.home}/data`],
    ...["--public-url", `http://host.docker.internal:${port}`],
  ];
});
afterAll(async () => {
  // Twice, so that it does not wait for a job that a failed test has left.
  runner?.child.kill("SIGTERM");
  await new Promise((resolve) => setTimeout(resolve, 500));
  runner?.child.kill("SIGTERM");
  await runner?.ended;
  await stage?.close();
});

async function createTask(prompt: string): Promise<string> {
  const { TaskId = "" } = await stage.json(["task", "create", "--json", prompt]);
  return TaskId;
}

async function lastTurn(taskId: string): Promise<{ Status: string; ErrorMessage?: string }> {
  const shown = await stage.json(["task", "show", taskId, "--json"]);
  return (shown.Turns as unknown as { Status: string; ErrorMessage?: string }[]).at(-1) ?? { Status: "" };
}

async function untilRunning(taskId: string): Promise<string> {
  const jobId = `plan42-${taskId}-1`;
  await vi.waitFor(async () => {
    const { stdout } = await stage.run(["runner", "job", "list", "--offline"]);
    expect(stdout).toMatch(new RegExp(`${jobId} .* true `));
  }, patience);
  return jobId;
}

test.runIf(docker)(
  "a server and a runner are set up by a handful of commands",
  async () => {
    expect(await stage.run(["task", "list"])).toMatchObject({ code: 3, stdout: "" });
    server = stage.start(serverWords);
    await vi.waitFor(() => expect(server.stdout()).toContain("\n"), patience);
    const login = await stage.run(["login"], server.stdout());
    expect(login).toMatchObject({ code: 0, stderr: "" });
    expect(login.stdout).not.toContain("p42u_");

    await stage.json(["runner", "create", "laptop", "--default", "--json"]);
    expect(await stage.run(["runner", "token", "laptop", "--write-config"])).toMatchObject({ code: 0 });
    expect(await stage.run(["runner", "token", "laptop", "--write-config"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("exists already"),
    });
    appendFileSync(
      `${stage.home}/.config/plan42-runner.toml`,
      'pull_policy = "if-not-present"\nmemory = "128M"\nmax_jobs = 4\ndisk_min_free = 0\n',
    );
    runner = stage.start(["runner", "exec"]);
    await vi.waitFor(async () => {
      expect((await stage.run(["runner", "list"])).stdout).toMatch(/laptop \(default\) +connected/);
    }, patience);
    await stage.json(["environment", "create", "probe", "--image", agentImage, "--json"]);
  },
  120_000,
);

test.runIf(docker)(
  "a task runs in a container, and its log arrives while it runs",
  async () => {
    const taskId = await createTask(completingPrompt(port, "echo one", "sleep 2", "echo two", "echo $input"));
    const log = stage.start(["task", "logs", "-f", taskId]);
    await vi.waitFor(() => expect(log.stdout()).toBe("one\n"), patience);
    const { code, stdout, stderr } = await log.ended;
    expect([code, stdout.split("\n").slice(0, 2)]).toEqual([0, ["one", "two"]]);
    expect(stdout).toContain("[REDACTED]");
    expect(stdout).not.toMatch(/p42_\w/);
    expect(stderr).toContain("turn 1: Completed\n  all-done");
    expect(await lastTurn(taskId)).toMatchObject({ Status: "Completed", OutputMessage: "all-done" });

    const again = await stage.run(["task", "logs", taskId.slice(0, 8)]);
    expect(again).toMatchObject({ code: 0, stdout });
    const local = await stage.run(["runner", "job", "logs", `plan42-${taskId}-1`, "--lines", "100"]);
    expect(local.stdout).toContain("one\ntwo\n");
  },
  120_000,
);

test.runIf(docker)(
  "a job that is killed fails its turn, and so does one whose task is cancelled",
  async () => {
    const killed = await createTask("echo begin; sleep 600");
    const cancelled = await createTask("echo begin; sleep 600");
    const jobId = await untilRunning(killed);
    expect(await stage.run(["runner", "job", "kill", jobId])).toMatchObject({ code: 0, stderr: "" });
    await vi.waitFor(async () => {
      expect(await lastTurn(killed)).toMatchObject({
        Status: "Failed",
        ErrorMessage: expect.stringContaining("Killed on runner by operator"),
      });
    }, patience);

    const other = await untilRunning(cancelled);
    expect(await stage.run(["task", "cancel", cancelled])).toMatchObject({ code: 0 });
    expect(await lastTurn(cancelled)).toMatchObject({ Status: "Failed", ErrorMessage: "Cancelled by user" });
    await vi.waitFor(async () => {
      expect((await stage.run(["runner", "job", "list", "--offline"])).stdout).not.toContain(other);
    }, patience);
    expect((await stage.run(["task", "cancel", cancelled])).stdout).toContain("had ended already");
  },
  120_000,
);

test.runIf(docker)(
  "a job outlives a restart of its server",
  async () => {
    const taskId = await createTask(completingPrompt(port, "echo before", "sleep 6", "echo after"));
    await untilRunning(taskId);
    const log = stage.start(["task", "logs", "-f", taskId]);
    await vi.waitFor(() => expect(log.stdout()).toBe("before\n"), patience);
    server.child.kill("SIGKILL");
    await server.ended;
    server = stage.start(serverWords);
    expect(await log.ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^before\nafter\n/) });
    expect(await lastTurn(taskId)).toMatchObject({ Status: "Completed" });
  },
  120_000,
);

test.runIf(docker)(
  "a container is found and killed when no runner runs, and the next runner tells its turn",
  async () => {
    const jobId = await untilRunning(await createTask("echo begin; sleep 600"));
    runner.child.kill("SIGKILL");
    await runner.ended;
    expect((await stage.run(["runner", "job", "list", "--offline"])).stdout).toContain(`${jobId} `);
    expect(await stage.run(["runner", "job", "kill", jobId])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("the runner does not run"),
    });
    expect(await stage.run(["runner", "job", "kill", jobId])).toMatchObject({ code: 4 });
    runner = stage.start(["runner", "exec"]);
    await vi.waitFor(async () => {
      expect(await lastTurn(jobId.slice(7, -2))).toMatchObject({
        Status: "Failed",
        ErrorMessage: expect.stringMatching(/^Killed on runner by operator/),
      });
    }, patience);
  },
  120_000,
);

test.runIf(docker)(
  "jobs that have ended are listed with their titles, and their logs can be pruned",
  async () => {
    const { stdout } = await stage.run(["runner", "job", "list", "--all"]);
    const [header, ...rows] = stdout.trimEnd().split("\n");
    expect(header).toMatch(/^Job ID {5,}Title {5,}Turn Index {5}Running\? {5}Created$/);
    expect(rows).toHaveLength(5);
    for (const row of rows) expect(row).toMatch(/^plan42-\S+-1 {5}echo .* {5}1 +false +\d{4}-\d\d-\d\d /);
    const logs = `${stage.home}/.local/state/plan42-runner/jobs`;
    const changeAt = (time: Date) => {
      for (const name of readdirSync(logs)) utimesSync(`${logs}/${name}`, time, time);
    };
    // Those of the last minute stay, however long the tests before took.
    changeAt(new Date());
    expect((await stage.run(["runner", "job", "prune", "--json"])).stdout).toContain('"removed": []');
    changeAt(new Date(Date.now() - 3_600_000));
    expect((await stage.run(["runner", "job", "prune", "--keep", "1"])).stdout).toContain("4 logs deleted");
    expect(readdirSync(logs)).toHaveLength(1);
    const kept = await stage.json(["runner", "job", "prune", "--images", "--older-than", "1h", "--json"]);
    expect(kept.images).toEqual([]);
    const pruned = await stage.json(["runner", "job", "prune", "--images", "--json"]);
    expect(pruned.images).toEqual([agentImage]);
  },
  120_000,
);
