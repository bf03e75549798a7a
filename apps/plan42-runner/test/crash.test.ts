import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Invocation, prepareInvocation, probeImage, startFakePlan42 } from "@plano/plan42-testkit";
import { createDockerRuntime, engineAddress, formatJobId } from "@plano/runtime";
import { expect, test, vi } from "vitest";
import { startEffects } from "./effects.ts";
import { createRunnerHome } from "./program.ts";

const docker = process.env.PLAN42_TEST_DOCKER;
/** `npm run soak` sets it to 50. */
const kills = Number(process.env.PLAN42_SOAK_KILLS ?? 6);
const secondsPerKill = 10;

test.runIf(docker !== undefined)(
  `after ${kills} times kill -9 every turn has ended, nothing is left, and no effect happened twice`,
  { timeout: (60 + kills * secondsPerKill) * 1000 },
  async () => {
    const service = await startFakePlan42();
    const effects = await startEffects();
    const home = createRunnerHome(service, 'max_jobs = 6\nmemory = "64M"\ncpus = 0.5\npull_policy = "never"');
    const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) });
    const jobs: Invocation[] = [];
    const answered = new Map<string, unknown>();
    try {
      for (let round = 0; round <= kills; round += 1) {
        for (const queueId of [...service.queues.all.keys()]) service.queues.drop(queueId);
        home.start();
        await vi.waitFor(() => expect(service.queues.all.size).toBe(1), { timeout: 20_000, interval: 10 });
        if (round === kills) break;
        for (let count = 0; count < 2; count += 1) {
          const taskId = crypto.randomUUID();
          const jobId = formatJobId({ taskId, turnIndex: 1 });
          const prompt = effects.prompt(jobId, randomInt(3));
          const job = prepareInvocation(service, { image: probeImage, taskId, prompt });
          jobs.push(job);
          void service.send(job.message).then(({ ErrorMessage }) => answered.set(jobId, ErrorMessage));
        }
        if (round === 0) {
          // On a busy machine the others may all be ended before they have begun.
          await vi.waitFor(() => expect(jobs.some(({ jobId }) => effects.count(jobId) > 0)).toBe(true), {
            timeout: 30_000,
          });
        }
        await delay(randomInt(2500));
        await home.end("SIGKILL");
      }
      // A real service fails a turn whose request nobody has answered in time.
      await delay(1000);
      for (const { jobId, record } of jobs) {
        const answer = answered.get(jobId);
        const isKnown = answer === null || record.statuses.length > 0;
        if (!isKnown) service.turns.change(record.turn.TaskId, 1, { Status: "Failed" });
      }
      await vi.waitFor(
        async () => {
          expect(
            jobs.filter(({ record }) => record.turn.Status !== "Failed").map(({ jobId }) => jobId),
          ).toEqual([]);
          expect((await home.control.status())?.jobs).toEqual([]);
          expect(await runtime.list("ai.plan42.runner", service.runnerId)).toEqual([]);
          expect(await runtime.listNetworks("ai.plan42.runner", service.runnerId)).toEqual([]);
        },
        { timeout: 60_000, interval: 200 },
      );
      expect(jobs.filter(({ jobId }) => effects.count(jobId) > 1)).toEqual([]);
      const done = jobs.filter(({ jobId }) => effects.count(jobId) === 1);
      const failures = jobs.map(({ record }) => record.turn.ErrorMessage);
      expect(done.length, failures.join("\n")).toBeGreaterThan(0);
      expect(await home.end("SIGTERM")).toBe(0);
      expect(service.queues.all.size).toBe(0);
      expect(service.violations).toEqual([]);
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${home.log().slice(-8000)}`, {
        cause: error,
      });
    } finally {
      await home.remove();
      await effects.close();
      await service.close();
      for (const { name } of await runtime.list("ai.plan42.runner", service.runnerId))
        await runtime.remove(name);
      for (const name of await runtime.listNetworks("ai.plan42.runner", service.runnerId))
        await runtime.removeNetwork(name);
    }
  },
);
