import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { prepareInvocation, probeImage, startFakePlan42 } from "@plano/plan42-testkit";
import { createDockerRuntime, engineAddress } from "@plano/runtime";
import { expect, test, vi } from "vitest";
import { openCollector } from "./garbage-collector.ts";
import { type MemorySample, memorySlope, ownMemory } from "./memory-slope.ts";
import { createRunnerHome } from "./program.ts";

const docker = process.env.PLAN42_TEST_DOCKER;
/** `npm run soak` sets it to 30. */
const minutes = Number(process.env.PLAN42_SOAK_MINUTES ?? 0);
const streams = 3;
const mebibyte = 2 ** 20;
/** Memory is that of the program as users have it: a build, with the launcher's flags. */
const app = new URL("..", import.meta.url);
const built = fileURLToPath(new URL("dist/main.js", app));
const flags = /--.*/.exec(firstLine(new URL("bin/plan42-runner.cjs", app)))?.[0].split(" ") ?? [];

function firstLine(file: URL): string {
  return readFileSync(file, "utf8").split("\n", 1)[0] ?? "";
}

test("growth is told from what comes and goes", () => {
  const samples = Array.from({ length: 120 }, (_, index) => ({
    at: index * 10_000,
    bytes: 50 * mebibyte + (index * 10_000 * mebibyte) / 3_600_000 + (index % 6) * 20 * mebibyte,
  }));
  expect((memorySlope(samples, 60_000) ?? 0) / mebibyte).toBeCloseTo(1, 5);
  expect(memorySlope(samples.slice(0, 6), 60_000)).toBeUndefined();
});

test.runIf(docker !== undefined && process.platform === "linux" && minutes > 0)(
  `${minutes} minutes under load leave nothing behind, and memory as it was`,
  { timeout: (minutes + 5) * 60_000 },
  async () => {
    const service = await startFakePlan42();
    const home = createRunnerHome(service, 'max_jobs = 3\nmemory = "64M"\ncpus = 0.5\npull_policy = "never"');
    const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) });
    const duration = minutes * 60_000;
    const began = performance.now();
    const isOver = () => performance.now() - began >= duration;
    let ended = 0;
    /** One job after another. Their agent reports nothing, so each turn ends as failed when it has ended. */
    const stream = async () => {
      while (!isOver()) {
        const prompt = "for i in $(seq 200); do echo a line of the log, number $i; done; sleep 1";
        const job = prepareInvocation(service, { image: probeImage, taskId: crypto.randomUUID(), prompt });
        expect((await service.send(job.message)).ErrorMessage).toBeNull();
        await vi.waitFor(() => expect(job.record.turn.Status).toBe("Failed"), {
          timeout: 120_000,
          interval: 100,
        });
        ended += 1;
      }
    };
    const samples: MemorySample[] = [];
    /** What is held after garbage was collected: between two collections it says little. */
    const measure = async (pid: number) => {
      const collector = await openCollector(home.log);
      while (!isOver()) {
        await delay(duration / 100);
        await collector.collect();
        samples.push({ at: performance.now() - began, bytes: ownMemory(pid) });
      }
      collector.close();
    };
    try {
      const { pid = 0 } = home.start(built, ["--inspect=127.0.0.1:0", ...flags]);
      await vi.waitFor(() => expect(service.queues.all.size).toBe(1), { timeout: 20_000 });
      await Promise.all([measure(pid), ...Array.from({ length: streams }, stream)]);
      await vi.waitFor(
        async () => {
          expect((await home.control.status())?.jobs).toEqual([]);
          expect(await runtime.list("ai.plan42.runner", service.runnerId)).toEqual([]);
          expect(await runtime.listNetworks("ai.plan42.runner", service.runnerId)).toEqual([]);
        },
        { timeout: 60_000, interval: 200 },
      );
      expect(service.violations).toEqual([]);
      const warm = samples.filter(({ at }) => at >= duration / 4);
      const slope = memorySlope(warm, duration / 20);
      const [first, last] = [warm[0], warm.at(-1)].map((sample) => (sample?.bytes ?? 0) / mebibyte);
      console.log(
        `${ended} jobs in ${minutes} minutes; after a quarter of them ${first?.toFixed(1)} MiB, at the end ${last?.toFixed(1)} MiB: ${((slope ?? Number.NaN) / mebibyte).toFixed(2)} MiB an hour (target: at most 1)`,
      );
      expect(await home.end("SIGTERM")).toBe(0);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${home.log().slice(-8000)}`, {
        cause: error,
      });
    } finally {
      await home.remove();
      await service.close();
    }
  },
);
