import { expect, test, vi } from "vitest";
import { createFakeRuntime, type FakeProgram } from "./fake/fake-runtime.ts";
import { createJobContainers } from "./job-containers.ts";

const jobId = "plan42-0b9f6d3e-4a56-4f0e-9b61-3d7a5c2e8f10-1";
const program = {
  image: "agent:1",
  entrypoint: "/usr/bin/agent-wrapper",
  arguments: ["--x"],
  input: "{}",
  limits: { cpus: 1, memoryBytes: 1e9, processes: 100 },
  readOnlyRoot: false,
};

function setUp(agent: FakeProgram) {
  const runtime = createFakeRuntime({ images: { "agent:1": agent } });
  const options = {
    runtime,
    runnerId: "r",
    installation: "here",
    network: "isolated",
    extraHosts: [],
    logBytes: 1e6,
  } as const;
  return {
    runtime,
    jobs: createJobContainers(options),
    others: createJobContainers({ ...options, runnerId: "s" }),
    elsewhere: createJobContainers({ ...options, installation: "there" }),
  };
}

test("a job runs in its own network and is cleared away whole", async () => {
  const { runtime, jobs, others } = setUp(async ({ input, write }) => {
    write(`got ${input}`);
    return 0;
  });
  const network = await jobs.openNetwork(jobId);
  expect(network.network).toEqual({ kind: "container", name: `${jobId}-network` });
  await jobs.create(jobId, program, network);
  await jobs.start(jobId, program);
  let output = "";
  const exit = await jobs.follow(jobId, {
    onOutput: async (bytes) => {
      output += Buffer.from(bytes);
    },
  });
  expect({ exit, output }).toEqual({ exit: { exitCode: 0, outOfMemory: false }, output: "got {}" });
  expect(await jobs.list()).toMatchObject([{ jobId, turnIndex: 1, phase: "exited" }]);
  expect(await others.list()).toEqual([]);
  await jobs.clear(jobId);
  expect(await runtime.list("ai.plan42.job", jobId)).toEqual([]);
  expect(await runtime.listNetworks("ai.plan42.job", jobId)).toEqual([]);
});

test("following goes on after an outage of the engine, and no byte comes twice", async () => {
  const next = Promise.withResolvers<void>();
  const { runtime, jobs } = setUp(async ({ write }) => {
    write("one ");
    await next.promise;
    return 0;
  });
  await jobs.create(jobId, program, { network: { kind: "default" }, environment: {} });
  await jobs.start(jobId, program);
  let output = "";
  const seen: boolean[] = [];
  const following = jobs.follow(jobId, {
    onOutput: async (bytes) => {
      output += Buffer.from(bytes);
    },
    onEngine: (answers) => void seen.push(answers),
  });
  await vi.waitFor(() => expect(output).toBe("one "));
  runtime.breakDown();
  await vi.waitFor(() => expect(seen).toEqual([false]));
  runtime.recover();
  expect(await following).toEqual({ exitCode: 137, outOfMemory: false });
  expect({ seen, output }).toEqual({ seen: [false, true], output: "one " });
});

test("a container that was removed by someone else is lost", async () => {
  const { runtime, jobs } = setUp(async () => new Promise(() => {}));
  await jobs.create(jobId, program, { network: { kind: "default" }, environment: {} });
  await jobs.start(jobId, program);
  await runtime.remove(jobId);
  expect(await jobs.follow(jobId, { onOutput: async () => {} })).toBe("lost");
});

test("what a dead process left of a network is an orphan", async () => {
  const { jobs } = setUp(async () => 0);
  await jobs.openNetwork(jobId);
  expect(await jobs.clearOrphans(() => true)).toEqual({ removed: [], foreign: [] });
  expect(await jobs.clearOrphans(() => false)).toEqual({ removed: [jobId], foreign: [] });
  expect(await jobs.clearOrphans(() => false)).toEqual({ removed: [], foreign: [] });
});

test("what another installation of the same runner has is left alone", async () => {
  const { runtime, jobs, elsewhere } = setUp(async () => new Promise(() => {}));
  await jobs.create(jobId, program, await jobs.openNetwork(jobId));
  await jobs.start(jobId, program);
  expect(await jobs.isElsewhere(jobId)).toBe(false);
  expect(await elsewhere.isElsewhere(jobId)).toBe(true);
  expect(await elsewhere.clearOrphans(() => false)).toEqual({ removed: [], foreign: [jobId] });
  await elsewhere.clear(jobId);
  expect(await jobs.list()).toMatchObject([{ jobId, phase: "running" }]);
  expect(await runtime.listNetworks("ai.plan42.job", jobId)).toEqual([jobId]);
});
