// Measures jobs through plan42-server on its embedded database, plan42-runner and a real Docker engine, as users
// see them. `npm run bench:jobs -w @plano/bench` builds first and prints one table. Needs Docker.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Client, createClient } from "@plano/client";
import { createNodeTransport } from "@plano/client/node";
import { findDockerEngine, importIntoDocker, probeImageTar } from "@plano/plan42-testkit";
import { createDockerRuntime, createJobContainers, engineAddress } from "@plano/runtime";

const image = "localhost/plan42/quiet-probe:1";
const limits = { cpus: 1, memoryBytes: 128 * 2 ** 20, processes: 64 };
const program = (name: string) => fileURLToPath(new URL(`../../apps/${name}/dist/main.js`, import.meta.url));
const rows: string[] = [];
const add = (name: string, value: number, target: string) =>
  rows.push(`| ${name} | ${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms | ${target} |`);

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** What everything here talks to. */
interface Stack {
  readonly client: Client;
  readonly url: string;
  readonly token: string;
  readonly tenantId: string;
  readonly runnerId: string;
  readonly dockerHost: string;
}

async function measurePings({ client, tenantId, runnerId }: Stack): Promise<void> {
  const query = { tenantID: tenantId, runnerID: runnerId, includeHealthy: true };
  const [queue] = (await client.call("listRunnerQueues", { path: {}, query })).Items;
  const path = { tenantId, runnerId, queueId: queue?.QueueID ?? "" };
  const times: number[] = [];
  for (let count = -50; count < 300; count += 1) {
    const start = performance.now();
    await client.call("pingRunnerQueue", { path });
    if (count >= 0) times.push(performance.now() - start);
  }
  add("ping through the server, p50", quantile(times, 0.5), "≤ 10 ms");
  add("ping through the server, p99", quantile(times, 0.99), "");
}

/** How long the engine alone takes for what a job needs: network, guard, container, start. */
async function engineTime(dockerHost: string): Promise<number> {
  const runtime = await createDockerRuntime({ address: engineAddress({ DOCKER_HOST: dockerHost }) });
  const containers = createJobContainers({
    runtime,
    runnerId: randomUUID(),
    installation: randomUUID(),
    network: "isolated",
    extraHosts: ["host.docker.internal:host-gateway"],
    logBytes: 2 ** 20,
  });
  const jobId = `plan42-${randomUUID()}-1`;
  const job = { image, entrypoint: "/bin/true", arguments: [], input: "{}", limits, readOnlyRoot: false };
  const start = Date.now();
  try {
    await containers.create(jobId, job, await containers.openNetwork(jobId));
    await containers.start(jobId, job);
    return (await startedAt(dockerHost, jobId)) - start;
  } finally {
    await containers.clear(jobId);
  }
}

/**
 * When a container began to run, in milliseconds since 1970, by the engine's own account; waits for it. It is asked
 * seldom, since asking takes a processor from what is measured.
 */
async function startedAt(dockerHost: string, name: string): Promise<number> {
  for (;;) {
    const facts: { State?: { StartedAt?: string } } = JSON.parse(
      await askEngine(dockerHost, `/containers/${name}/json`),
    );
    const time = Date.parse(facts.State?.StartedAt ?? "");
    if (time > 0) return time;
    await delay(250);
  }
}

async function askEngine(dockerHost: string, path: string): Promise<string> {
  const socket = dockerHost.slice("unix://".length);
  return (await promisify(execFile)("curl", ["-sS", "--unix-socket", socket, `http://docker${path}`])).stdout;
}

async function createTask({ client, tenantId }: Stack, environmentId: string, prompt: string) {
  const taskId = randomUUID();
  const body = { Title: "bench", EnvironmentId: environmentId, Prompt: prompt, RepoInfo: {} };
  await client.call("createTask", { path: { tenantId, taskId }, body });
  return taskId;
}

async function untilEnded({ client, tenantId }: Stack, taskId: string): Promise<void> {
  const path = { tenantId, taskId };
  while ((await client.call("getLastTurn", { path })).CompletedAt === undefined) await delay(50);
}

async function measureStarts(stack: Stack, environmentId: string): Promise<void> {
  const totals: number[] = [];
  const engine: number[] = [];
  for (let count = 0; count < 20; count += 1) {
    // In turns, so that a machine that slows down slows both.
    engine.push(await engineTime(stack.dockerHost));
    const start = Date.now();
    const taskId = await createTask(stack, environmentId, "sleep 2; exit 1");
    totals.push((await startedAt(stack.dockerHost, `plan42-${taskId}-1`)) - start);
    await untilEnded(stack, taskId);
    await delay(300);
  }
  const ours = totals.map((total, index) => total - (engine[index] ?? Number.NaN));
  add("task created to container running, p50", quantile(totals, 0.5), "≤ 1000 ms");
  add("… the engine alone, p50", quantile(engine, 0.5), "");
  add("… ours, of each pair, p50", quantile(ours, 0.5), "≤ 100 ms");
}

async function measureLogs(stack: Stack, environmentId: string): Promise<void> {
  const lines = 200;
  const script = `sleep 2; n=0; while [ $n -lt ${lines} ]; do echo line-$n; n=$((n+1)); sleep 0.05; done; sleep 1; exit 1`;
  const taskId = await createTask(stack, environmentId, script);
  const name = `plan42-${taskId}-1`;
  await startedAt(stack.dockerHost, name);
  const socket = stack.dockerHost.slice("unix://".length);
  const logs = `http://docker/containers/${name}/logs?follow=1&stdout=1&timestamps=1`;
  const written = new Map<string, number>();
  const engine = spawn("curl", ["-sSN", "--unix-socket", socket, logs]);
  eachLine(engine, (line) => {
    const [, time, text] = /(\d{4}-\S+Z) (line-\d+)$/.exec(line) ?? [];
    if (time !== undefined && text !== undefined) written.set(text, Date.parse(time));
  });
  const seen = new Map<string, number>();
  const words = ["task", "logs", "-f", taskId];
  const follower = spawn(process.execPath, [program("plan42"), ...words], {
    env: { ...process.env, PLAN42_URL: stack.url, PLAN42_TENANT: stack.tenantId, PLAN42_TOKEN: stack.token },
  });
  eachLine(follower, (line) => seen.set(line, Date.now()));
  await new Promise((resolve) => follower.once("close", resolve));
  engine.kill();
  const times = [...written].flatMap(([line, time]) => {
    const arrived = seen.get(line);
    return arrived === undefined ? [] : [arrived - time];
  });
  if (times.length < lines) throw new Error(`only ${times.length} of ${lines} lines arrived`);
  add("log line to task logs -f, p50", quantile(times, 0.5), "");
  add("log line to task logs -f, p99", quantile(times, 0.99), "≤ 300 ms");
}

function eachLine({ stdout }: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
}

const docker = await findDockerEngine(process.env.DOCKER_HOST);
const tar = await probeImageTar();
if (docker === undefined || tar === undefined) throw new Error("this needs Docker and busybox-static");
await importIntoDocker(docker.host, image, tar, { "ai.plan42.logs": "stdout" });
const home = mkdtempSync(join(tmpdir(), "p42-bench-"));
const environment = { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, DOCKER_HOST: docker.host };
const start = (name: string, ...words: readonly string[]) =>
  spawn(process.execPath, [program(name), ...words], {
    env: environment,
    stdio: ["ignore", "pipe", "ignore"],
  });
const transport = createNodeTransport();
const server = start("plan42-server", "--json", "--listen", "127.0.0.1:0", "--data-dir", join(home, "data"));
const line = await new Promise<string>((resolve) => eachLine(server, resolve));
const { url, tenantId, adminToken: token } = JSON.parse(line);
const client = createClient({ url, token, transport: transport.send });
const runnerId = randomUUID();
const body = { Name: "bench", IsCloud: false, RunsTasks: true, ProxiesGithub: false };
await client.call("createRunner", { path: { tenantId, runnerId }, body });
const { Token } = await client.call("generateRunnerToken", {
  path: { tenantId, runnerId, tokenId: randomUUID() },
  body: { TTLDays: 1 },
});
const config = join(home, "runner.toml");
writeFileSync(
  config,
  `[runner]\nurl = "${url}"\ntoken = "${Token}"\nmax_jobs = 4\ncpus = 1\nmemory = "128M"\n` +
    'pids = 64\npull_policy = "if-not-present"\ndisk_min_free = 0\n',
  { mode: 0o600 },
);
const runner = start("plan42-runner", "--config-file", config);
const stop = async (child: ChildProcess) => {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
};
try {
  const stack: Stack = { client, url, token, tenantId, runnerId, dockerHost: docker.host };
  const query = { tenantID: tenantId, runnerID: runnerId };
  while ((await client.call("listRunnerQueues", { path: {}, query })).Items.length === 0) await delay(50);
  const environmentId = randomUUID();
  await client.call("createEnvironment", {
    path: { tenantId, environmentId },
    body: {
      ...{ Name: "bench", Description: "", Context: "", SetupScript: "", DockerImage: image },
      ...{ Repos: [], AllowedHosts: [], EnvVars: [], RunnerId: runnerId },
    },
  });
  await measurePings(stack);
  await measureStarts(stack, environmentId);
  await measureLogs(stack, environmentId);
  process.stdout.write(`| Figure | Measured | Target |\n|---|---:|---|\n${rows.join("\n")}\n`);
} finally {
  await stop(runner);
  await stop(server);
  await transport.close();
  await docker.stop();
  rmSync(home, { recursive: true, force: true });
}
