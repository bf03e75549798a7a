import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { prepareInvocation, probeImage, startFakePlan42 } from "@plano/plan42-testkit";
import { createDockerRuntime, engineAddress } from "@plano/runtime";
import { afterEach, expect, test, vi } from "vitest";
import { createRunnerHome } from "./program.ts";
import { openWorkplace, type Workplace } from "./workplace.ts";

const { PLAN42_TEST_DOCKER: docker, PLAN42_TEST_PODMAN: podman } = process.env;
let place: Workplace | undefined;
afterEach(async () => {
  await place?.close();
  expect(place?.service.violations ?? []).toEqual([]);
  place = undefined;
});

test.runIf(docker !== undefined)(
  "a job with a list of hosts reaches its service and is told of the rest",
  async () => {
    const service = createServer((_request, response) => response.end("the service"));
    await new Promise<void>((resolve) => service.listen(0, "0.0.0.0", resolve));
    const url = `http://host.docker.internal:${(service.address() as AddressInfo).port}`;
    place = await openWorkplace({
      toml: 'memory = "64M"\ncpus = 0.5\npull_policy = "never"',
      service: { issuer: url },
    });
    const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) });
    await place.start({ runtime });
    const { record, message, jobId } = prepareInvocation(place.service, {
      image: probeImage,
      prompt: `wget -q -O - ${url}/; echo; wget -q -O - http://evil.test/; nc -w 2 8.8.8.8 53; exit 7`,
      environment: { AllowedHosts: ["example.com"] },
    });
    expect((await place.service.send(message)).ErrorMessage).toBeNull();
    await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), { timeout: 30_000, interval: 50 });
    service.close();
    expect(record.turn.ErrorMessage).toMatch(/^agent exited with code 7\nthe service\n.*403 Forbidden/);
    expect(readFileSync(place.jobLog(jobId), "utf8")).toContain(
      "[plan42-runner] evil.test:80 is not among the allowed hosts\n",
    );
    expect(await runtime.list("ai.plan42.runner", place.service.runnerId)).toEqual([]);
  },
);

test.runIf(docker !== undefined).each<[string, string, RegExp]>([
  [
    "takes too much memory",
    "echo begin; exec tail -c 900000000 /dev/zero",
    /^the agent was killed: out of memory \(limit 64 MiB, exit code 137\)\nbegin$/,
  ],
  [
    "looks for the cloud's metadata",
    "nc -w 3 169.254.169.254 80; exit 7",
    /^agent exited with code 7\n.*169\.254\.169\.254.*Permission denied/,
  ],
])("in a real container, an agent that %s", async (_, prompt, failure) => {
  place = await openWorkplace({ toml: 'memory = "64M"\ncpus = 0.5\npull_policy = "never"' });
  const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) });
  await place.start({ runtime });
  const { record, message } = prepareInvocation(place.service, { image: probeImage, prompt });
  expect((await place.service.send(message)).ErrorMessage).toBeNull();
  await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), { timeout: 30_000, interval: 50 });
  expect(record.turn.ErrorMessage).toMatch(failure);
  expect(await runtime.list("ai.plan42.runner", place.service.runnerId)).toEqual([]);
  expect(await runtime.listNetworks("ai.plan42.runner", place.service.runnerId)).toEqual([]);
});

test.runIf(docker !== undefined && podman !== undefined)(
  "a job that was begun in Docker goes on there when the runner is configured for Podman",
  async () => {
    const service = await startFakePlan42();
    const keys = 'pull_policy = "never"\nshutdown_timeout = "1s"\nruntime = ';
    const home = createRunnerHome(service, `${keys}"docker"`);
    const patience = { timeout: 30_000, interval: 50 };
    const jobs = async () => (await home.control.status())?.jobs ?? [];
    try {
      home.start();
      await vi.waitFor(() => expect(service.queues.all.size).toBe(1), patience);
      const { record, message } = prepareInvocation(service, {
        image: probeImage,
        prompt: "echo begin; sleep 8; exit 7",
      });
      await service.send(message);
      await vi.waitFor(async () => expect(await jobs()).toMatchObject([{ step: "running" }]), patience);
      expect(await home.end("SIGTERM")).toBe(3);
      const config = join(home.folder, "runner.toml");
      writeFileSync(config, readFileSync(config, "utf8").replace(`"docker"`, `"podman"`));
      home.start();
      await vi.waitFor(() => expect(record.turn.Status).toBe("Failed"), patience);
      expect(record.turn.ErrorMessage).toBe("agent exited with code 7\nbegin");
      expect((await home.control.status())?.runtime).toBe("podman");
      await vi.waitFor(async () => expect(await jobs()).toEqual([]), patience);
      const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) });
      expect(await runtime.list("ai.plan42.runner", service.runnerId)).toEqual([]);
    } finally {
      await home.remove();
      await service.close();
    }
  },
  90_000,
);
