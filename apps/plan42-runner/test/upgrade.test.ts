import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type FakePlan42, prepareInvocation, probeImage, startFakePlan42 } from "@plano/plan42-testkit";
import { createDockerRuntime, engineAddress } from "@plano/runtime";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createRunnerHome, type RunnerHome } from "./program.ts";

const docker = process.env.PLAN42_TEST_DOCKER;
const app = fileURLToPath(new URL("..", import.meta.url));
const wait = { timeout: 60_000, interval: 50 };
/** One each second: the job is to go on until the other build is there, also on a busy machine. */
const lineCount = 20;

let folder: string;
let service: FakePlan42;
let home: RunnerHome;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "p42-builds-"));
  service = await startFakePlan42();
  home = createRunnerHome(service, 'pull_policy = "never"\nmemory = "64M"\ncpus = 0.5\n');
});
afterEach(async () => {
  await home.remove();
  await service.close();
  rmSync(folder, { recursive: true, force: true });
  expect(service.violations).toEqual([]);
});

/** A build of the program that says it is of this version. Returns what starts it. */
function build(version: string): string {
  if (!existsSync(join(app, "dist/main.js"))) {
    execFileSync(process.execPath, ["build/bundle.ts"], { cwd: app });
  }
  const target = join(folder, version);
  for (const part of ["dist", "bin", "package.json"])
    cpSync(join(app, part), join(target, part), { recursive: true });
  const { version: own } = JSON.parse(readFileSync(join(target, "package.json"), "utf8"));
  const files = readdirSync(target, { recursive: true, encoding: "utf8" });
  for (const file of files.filter((name) => /\.(?:js|json)$/.test(name))) {
    const text = readFileSync(join(target, file), "utf8");
    writeFileSync(join(target, file), text.replaceAll(`"${own}"`, `"${version}"`));
  }
  return join(target, "bin/plan42-runner.cjs");
}

test.runIf(docker !== undefined)(
  "a new build takes over from the one that runs, and the job in between does not notice",
  async () => {
    const [before, after] = [build("1.0.0"), build("2.0.0")];
    home.start(before);
    await vi.waitFor(async () => {
      expect(await home.control.status(), home.log()).toMatchObject({
        version: "1.0.0",
        queues: [{ phase: "polling" }],
      });
    }, wait);
    const { record, jobId, message } = prepareInvocation(service, {
      image: probeImage,
      prompt: `for n in $(seq ${lineCount}); do echo line $n; sleep 1; done; exit 7`,
    });
    expect((await service.send(message)).ErrorMessage).toBeNull();
    const log = () =>
      readFileSync(join(home.folder, ".local/state/plan42-runner/jobs", `${jobId}.log`), "utf8");
    await vi.waitFor(() => expect(log()).toContain("line 2\n"), wait);
    const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) });
    const containers = async () =>
      (await runtime.list("ai.plan42.runner", service.runnerId)).map(({ name, createdAt }) => [
        name,
        createdAt,
      ]);
    const running = await containers();

    // Its configuration may change meanwhile, too.
    const config = join(home.folder, "runner.toml");
    writeFileSync(config, `${readFileSync(config, "utf8")}max_jobs = 7\n`);
    await vi.waitFor(async () => {
      expect(await home.control.status(), home.log()).toMatchObject({
        capacity: { maximum: 7 },
        jobs: [{ jobId, step: "running" }],
      });
    }, wait);
    expect(await containers()).toEqual(running);

    // As a service manager that has lost its patience with the drain.
    const ending = home.end("SIGTERM");
    await vi.waitFor(() => expect(home.log()).toContain("stopping"), wait);
    await home.end("SIGTERM");
    expect(await ending).toBe(3);
    expect(await containers()).toEqual(running);

    home.start(after);
    await vi.waitFor(async () => {
      expect(await home.control.status(), home.log()).toMatchObject({
        version: "2.0.0",
        jobs: [{ jobId, step: "running" }],
      });
    }, wait);
    expect(await containers()).toEqual(running);
    expect((await service.send(message)).ErrorMessage).toBe("job already running");
    await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), wait);
    expect(record.turn.ErrorMessage).toMatch(/^agent exited with code 7\n/);
    const lines = Array.from({ length: lineCount }, (_, index) => `line ${index + 1}\n`).join("");
    expect(log()).toBe(`${lines}[plan42-runner] the agent ended with 7\n`);
    await vi.waitFor(async () => expect(await containers()).toEqual([]), wait);
  },
  240_000,
);
