// Measures plan42-runner against a bare test server on loopback, and jobs in a real Docker engine if there is
// one. `npm run bench:runner -w @plano/bench` builds first and prints one table.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type FakePlan42,
  findDockerEngine,
  importIntoDocker,
  prepareInvocation,
  probeImage,
  probeImageTar,
  startFakePlan42,
} from "@plano/plan42-testkit";

const program = fileURLToPath(new URL("../../apps/plan42-runner/bin/plan42-runner.cjs", import.meta.url));
/** As the program's first line has them for whoever starts it by name. */
const nodeFlags = /^#!.* node (.*)/.exec(readFileSync(program, "utf8"))?.[1]?.split(" ") ?? [];
const ticksPerSecond = 100;

/** A row of the table. */
interface Figure {
  readonly name: string;
  readonly value: string;
  readonly target: string;
}

interface RunningProgram {
  readonly child: ChildProcess;
  readonly pid: number;
  /** From the start of the process to the queue's registration, in milliseconds. */
  readonly registeredAfter: number;
  /** From SIGTERM to the end, in milliseconds. */
  stop(): Promise<number>;
}

const figures: Figure[] = [];
const add = (name: string, value: string, target: string) => figures.push({ name, value, target });

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

async function startProgram(service: FakePlan42, dockerHost: string | undefined): Promise<RunningProgram> {
  const home = mkdtempSync(join(tmpdir(), "p42-bench-"));
  const config = join(home, "runner.toml");
  writeFileSync(
    config,
    `[runner]\nurl = "${service.url}"\ntoken = "${service.runnerToken}"\nmax_jobs = 4\nmemory = "128M"\n` +
      'pull_policy = "if-not-present"\ndisk_min_free = 0\n',
    { mode: 0o600 },
  );
  const before = service.queues.all.size;
  const start = performance.now();
  const child = spawn(process.execPath, [...nodeFlags, program, "--config-file", config], {
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, DOCKER_HOST: dockerHost },
    stdio: ["ignore", "ignore", "ignore"],
  });
  while (service.queues.all.size === before) await delay(1);
  const registeredAfter = performance.now() - start;
  return {
    child,
    pid: child.pid ?? 0,
    registeredAfter,
    stop: async () => {
      const begin = performance.now();
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(home, { recursive: true, force: true });
      return performance.now() - begin;
    },
  };
}

function processTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

function residentMebibytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

const ping = { Type: "PingRequest" };

async function measurePings(service: FakePlan42): Promise<void> {
  for (let count = 0; count < 100; count += 1) await service.send(ping);
  const times: number[] = [];
  for (let count = 0; count < 500; count += 1) {
    const start = performance.now();
    await service.send(ping);
    times.push(performance.now() - start);
  }
  add("ping, enqueue to response, p50", milliseconds(quantile(times, 0.5)), "≤ 3 ms");
  add("ping, enqueue to response, p99", milliseconds(quantile(times, 0.99)), "≤ 20 ms");

  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const total = 1000;
    const start = performance.now();
    let sent = 0;
    const lane = async () => {
      while (sent < total) {
        sent += 1;
        await service.send(ping);
      }
    };
    await Promise.all(Array.from({ length: 50 }, lane));
    rates.push((total / (performance.now() - start)) * 1000);
  }
  add("pings per second, one queue", `${quantile(rates, 0.5).toFixed(0)} /s`, "≥ 500 /s");
}

async function measureLife(service: FakePlan42, dockerHost: string | undefined): Promise<void> {
  const starts: number[] = [];
  const stops: number[] = [];
  for (let count = 0; count < 7; count += 1) {
    const running = await startProgram(service, dockerHost);
    starts.push(running.registeredAfter);
    await delay(500);
    stops.push(await running.stop());
  }
  add("start to queue registered", milliseconds(quantile(starts, 0.5)), "≤ 300 ms");
  add("idle SIGTERM to exit", milliseconds(quantile(stops, 0.5)), "≤ 5000 ms");
}

async function measureIdle({ pid }: RunningProgram): Promise<void> {
  await delay(5_000);
  const seconds = 20;
  const before = processTicks(pid);
  await delay(seconds * 1000);
  const share = (processTicks(pid) - before) / ticksPerSecond / seconds;
  add("idle, share of a core", `${(share * 100).toFixed(2)} %`, "≤ 0.5 %");
  add("idle, resident memory", `${residentMebibytes(pid).toFixed(1)} MiB`, "≤ 80 MiB");
}

async function measureJobs(service: FakePlan42): Promise<void> {
  const times: number[] = [];
  for (let count = 0; count < 10; count += 1) {
    const { record, message } = prepareInvocation(service, {
      image: probeImage,
      prompt: "echo running; exit 1",
    });
    const start = performance.now();
    await service.send(message);
    while (record.turn.Status !== "Failed") await delay(2);
    times.push(performance.now() - start);
  }
  add("invoke to turn ended, a job that does nothing, p50", milliseconds(quantile(times, 0.5)), "");
}

const docker = await findDockerEngine(process.env.DOCKER_HOST);
const tar = await probeImageTar();
if (docker !== undefined && tar !== undefined) await importIntoDocker(docker.host, probeImage, tar);
const service = await startFakePlan42();
try {
  await measureLife(service, docker?.host);
  const running = await startProgram(service, docker?.host);
  await measureIdle(running);
  await measurePings(service);
  if (docker !== undefined && tar !== undefined) await measureJobs(service);
  await running.stop();
  process.stdout.write("| Figure | plan42-runner | Target |\n|---|---:|---|\n");
  for (const { name, value, target } of figures) process.stdout.write(`| ${name} | ${value} | ${target} |\n`);
} finally {
  await service.close();
  await docker?.stop();
}
