// Measures plan42-runner against a bare test server on loopback, and jobs in a real Docker engine if there is
// one. `npm run bench:runner -w @plano/bench` builds first and prints one table; with `-- FILE`, the start file of
// another build, that one is measured by turns with this one.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
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

const [own, other] = [
  fileURLToPath(new URL("../../apps/plan42-runner/bin/plan42-runner.cjs", import.meta.url)),
  process.argv[2],
];
const programs = [own, ...(other === undefined ? [] : [resolve(other)])];
const ticksPerSecond = 100;
/** What Node keeps of the programs' code from one start to the next. */
const cache = mkdtempSync(join(tmpdir(), "p42-bench-cache-"));

interface RunningProgram {
  readonly pid: number;
  /** From the start of the process to the queue's registration, in milliseconds. */
  readonly registeredAfter: number;
  /** From SIGTERM to the end, in milliseconds. */
  stop(): Promise<number>;
}

/** One build, the test server that it talks to, and what was measured of it. */
interface Subject {
  readonly program: string;
  readonly service: FakePlan42;
  readonly figures: Map<string, string>;
}

const ping = { Type: "PingRequest" };
/** The rows of the table, in their order, with their targets. */
const targets = new Map<string, string>();

function add({ figures }: Pick<Subject, "figures">, name: string, value: string, target = ""): void {
  targets.set(name, target);
  figures.set(name, value);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

/** Node's options, as the program's first line has them for whoever starts it by name. */
function nodeFlags(program: string): readonly string[] {
  return /^#!.* node (.*)/.exec(readFileSync(program, "utf8"))?.[1]?.split(" ") ?? [];
}

async function startProgram(
  { program, service }: Subject,
  dockerHost: string | undefined,
): Promise<RunningProgram> {
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
  const child = spawn(process.execPath, [...nodeFlags(program), program, "--config-file", config], {
    env: {
      ...process.env,
      HOME: home,
      XDG_RUNTIME_DIR: home,
      XDG_CACHE_HOME: cache,
      DOCKER_HOST: dockerHost,
    },
    stdio: ["ignore", "ignore", "ignore"],
  });
  while (service.queues.all.size === before) await delay(1);
  const registeredAfter = performance.now() - start;
  return {
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

/** What Node takes to start and end without doing anything, which every start contains. */
async function startNode(): Promise<number> {
  const start = performance.now();
  await new Promise((resolve) => spawn(process.execPath, ["-e", "0"]).once("exit", resolve));
  return performance.now() - start;
}

function processTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
  return Number(fields[13]) + Number(fields[14]);
}

function residentMebibytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

async function measureLives(subjects: readonly Subject[], dockerHost: string | undefined): Promise<void> {
  const nodes: number[] = [];
  const lives = subjects.map((subject) => ({
    subject,
    starts: [] as number[],
    stops: [] as number[],
  }));
  for (let count = 0; count < 11; count += 1) {
    nodes.push(await startNode());
    for (const { subject, starts, stops } of lives) {
      const running = await startProgram(subject, dockerHost);
      starts.push(running.registeredAfter);
      await delay(500);
      stops.push(await running.stop());
    }
  }
  for (const { subject, starts, stops } of lives) {
    add(subject, "node -e 0, p50", milliseconds(quantile(nodes, 0.5)));
    add(subject, "start to queue registered, p50", milliseconds(quantile(starts, 0.5)), "≤ 300 ms");
    add(subject, "idle SIGTERM to exit, p50", milliseconds(quantile(stops, 0.5)), "≤ 5000 ms");
  }
}

async function measureIdle(subject: Subject, { pid }: RunningProgram): Promise<void> {
  await delay(5_000);
  const seconds = 20;
  const before = processTicks(pid);
  await delay(seconds * 1000);
  const share = (processTicks(pid) - before) / ticksPerSecond / seconds;
  add(subject, "idle, share of a core", `${(share * 100).toFixed(2)} %`, "≤ 0.5 %");
  add(subject, "idle, resident memory", `${residentMebibytes(pid).toFixed(1)} MiB`, "≤ 80 MiB");
}

async function measurePings(subjects: readonly Subject[]): Promise<void> {
  const warmUp = 100;
  for (let round = 0; round < 6; round += 1) {
    for (const { service } of subjects) {
      for (let count = 0; count < 100; count += 1) await service.send(ping);
    }
  }
  for (const subject of subjects) {
    const times = subject.service.queues.responses.slice(warmUp).map(({ duration }) => duration);
    add(subject, "ping, enqueue to response, p50", milliseconds(quantile(times, 0.5)), "≤ 3 ms");
    add(subject, "ping, enqueue to response, p99", milliseconds(quantile(times, 0.99)), "≤ 20 ms");
  }

  const rates = subjects.map((subject) => ({ subject, values: [] as number[] }));
  for (let round = 0; round < 3; round += 1) {
    for (const { subject, values } of rates) values.push(await pingRate(subject));
  }
  for (const { subject, values } of rates) {
    add(subject, "pings per second, one queue", `${quantile(values, 0.5).toFixed(0)} /s`, "≥ 500 /s");
  }
}

async function pingRate({ service }: Subject): Promise<number> {
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
  return (total / (performance.now() - start)) * 1000;
}

async function measureJobs(subject: Subject): Promise<void> {
  const { service } = subject;
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
  add(subject, "invoke to turn ended, a job that does nothing, p50", milliseconds(quantile(times, 0.5)));
}

const docker = await findDockerEngine(process.env.DOCKER_HOST);
const tar = await probeImageTar();
if (docker !== undefined && tar !== undefined) await importIntoDocker(docker.host, probeImage, tar);
const subjects: Subject[] = [];
try {
  for (const program of programs) {
    subjects.push({
      program,
      service: await startFakePlan42({ tokenSeconds: 30 * 24 * 3600 }),
      figures: new Map(),
    });
  }
  await measureLives(subjects, docker?.host);
  const running: RunningProgram[] = [];
  for (const subject of subjects) running.push(await startProgram(subject, docker?.host));
  await Promise.all(subjects.map((subject, index) => measureIdle(subject, running[index] as RunningProgram)));
  await measurePings(subjects);
  if (docker !== undefined && tar !== undefined) for (const subject of subjects) await measureJobs(subject);
  for (const one of running) await one.stop();
  const headings = ["plan42-runner", "the other"].slice(0, subjects.length);
  process.stdout.write(`| Figure | ${headings.join(" | ")} | Target |\n`);
  process.stdout.write(`|---|${headings.map(() => "---:|").join("")}---|\n`);
  for (const [name, target] of targets) {
    const values = subjects.map(({ figures }) => figures.get(name));
    process.stdout.write(`| ${name} | ${values.join(" | ")} | ${target} |\n`);
  }
} finally {
  for (const { service } of subjects) await service.close();
  await docker?.stop();
  rmSync(cache, { recursive: true, force: true });
}
