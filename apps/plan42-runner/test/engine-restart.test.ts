import { readFileSync } from "node:fs";
import {
  type DockerEngine,
  importIntoDocker,
  prepareInvocation,
  probeImage,
  probeImageTar,
  startDockerEngine,
} from "@plano/plan42-testkit";
import { createDockerRuntime, engineAddress } from "@plano/runtime";
import { afterEach, expect, test, vi } from "vitest";
import { openWorkplace, type Workplace } from "./workplace.ts";

// An engine of the test's own: others must not see theirs go away.
const canStartEngine = process.env.PLAN42_TEST_DOCKER !== undefined && process.getuid?.() === 0;
const wait = { timeout: 90_000, interval: 50 };

let engine: DockerEngine | undefined;
let place: Workplace | undefined;
afterEach(async () => {
  await place?.close();
  await engine?.stop();
  expect(place?.service.violations).toEqual([]);
}, 60_000);

async function open(liveRestore: boolean) {
  const tar = await probeImageTar();
  engine = await startDockerEngine({ liveRestore });
  if (engine?.restart === undefined || tar === undefined) throw new Error("no engine could be started");
  await importIntoDocker(engine.host, probeImage, tar);
  const opened = await openWorkplace({
    toml: 'memory = "64M"\ncpus = 0.5\npull_policy = "if-not-present"\nstop_grace = "1s"',
  });
  place = opened;
  const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: engine.host }) });
  const runner = await opened.start({ runtime });
  const invoke = async (prompt: string) => {
    const job = prepareInvocation(opened.service, { image: probeImage, prompt });
    expect((await opened.service.send(job.message)).ErrorMessage).toBeNull();
    return job;
  };
  const restart = engine.restart;
  return { service: opened.service, opened, runtime, runner, invoke, restart };
}

test.runIf(canStartEngine)(
  "a real engine that restarts ends its containers: the turn is failed, and later jobs run",
  async () => {
    const { service, opened, runtime, runner, invoke, restart } = await open(false);
    const running = await invoke("echo before; sleep 300");
    await vi.waitFor(() => expect(readFileSync(opened.jobLog(running.jobId), "utf8")).toBe("before\n"), wait);
    const restarted = restart();
    // This one meets the engine at its end or at its beginning.
    const between = await invoke("echo between; exit 5");
    await restarted;
    await vi.waitFor(() => expect(running.record.turn.Status).toBe("Failed"), wait);
    expect(running.record.turn.ErrorMessage).toMatch(/^(agent exited with code|the agent was killed)/);
    await vi.waitFor(() => expect(between.record.turn.Status).toBe("Failed"), wait);
    expect(between.record.turn.ErrorMessage).toBe("agent exited with code 5\nbetween");

    const after = await invoke("echo after; exit 6");
    await vi.waitFor(() => expect(after.record.turn.Status).toBe("Failed"), wait);
    expect(after.record.turn.ErrorMessage).toBe("agent exited with code 6\nafter");
    // Its record is closed after its turn has been told.
    await vi.waitFor(() => expect(runner.status().jobs).toEqual([]), wait);
    expect(await runtime.list("ai.plan42.runner", service.runnerId)).toEqual([]);
    expect(await runtime.listNetworks("ai.plan42.runner", service.runnerId)).toEqual([]);
  },
  180_000,
);

test.runIf(canStartEngine)(
  "a job outlives the restart of an engine with live-restore, and none of its output is lost",
  async () => {
    const { service, opened, runtime, invoke, restart } = await open(true);
    const job = await invoke(
      "n=0; while [ $n -lt 80 ]; do echo line $n; n=$((n+1)); sleep 0.2; done; exit 4",
    );
    await vi.waitFor(
      () => expect(readFileSync(opened.jobLog(job.jobId), "utf8")).toContain("line 3\n"),
      wait,
    );
    await restart();
    expect(job.record.turn.Status).not.toBe("Failed");
    await vi.waitFor(() => expect(job.record.turn.Status).toBe("Failed"), wait);
    expect(job.record.turn.ErrorMessage).toMatch(/^agent exited with code 4\n/);
    const expected = Array.from({ length: 80 }, (_, index) => `line ${index}\n`).join("");
    expect(readFileSync(opened.jobLog(job.jobId), "utf8")).toBe(
      `${expected}[plan42-runner] the agent ended with 4\n`,
    );
    expect(await runtime.list("ai.plan42.runner", service.runnerId)).toEqual([]);
  },
  180_000,
);
