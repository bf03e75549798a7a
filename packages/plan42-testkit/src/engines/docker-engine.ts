import { type ChildProcess, execFile, spawn } from "node:child_process";
import { access, mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";

/** A Docker engine that tests may use. */
export interface DockerEngine {
  /** As in `DOCKER_HOST`. */
  readonly host: string;
  /** Ends the engine and begins it anew with the same state; undefined where it is not ours to restart. */
  readonly restart?: () => Promise<void>;
  /** Ends the engine and removes its state, if it was started for the tests. */
  readonly stop: () => Promise<void>;
}

const startMilliseconds = 30_000;

/** The engine that is there already, else one of our own, else undefined: Docker is not installed or not allowed. */
export async function findDockerEngine(host: string | undefined): Promise<DockerEngine | undefined> {
  for (const candidate of [host, "unix:///var/run/docker.sock"]) {
    if (candidate?.startsWith("unix://") && (await answers(candidate.slice("unix://".length)))) {
      return { host: candidate, stop: async () => {} };
    }
  }
  return startDockerEngine();
}

export interface DockerEngineOptions {
  /** Whether containers go on while the engine is away. Default false: it ends them with itself. */
  readonly liveRestore?: boolean;
}

/** Starts an engine with a socket and state of its own. Needs dockerd and root; undefined without them. */
export async function startDockerEngine(
  options: DockerEngineOptions = {},
): Promise<DockerEngine | undefined> {
  if (process.getuid?.() !== 0 || !(await isInstalled("dockerd"))) return undefined;
  const folder = await mkdtemp(join(tmpdir(), "plan42-docker-"));
  const socket = join(folder, "docker.sock");
  let daemon = await launch(folder, socket, options);
  if (daemon === undefined) {
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  return {
    host: `unix://${socket}`,
    restart: async () => {
      await end(daemon);
      daemon = await launch(folder, socket, options);
    },
    stop: async () => {
      await end(daemon);
      // An engine whose containers outlive it leaves its folder mounted.
      const unmounting = promisify(execFile)("umount", ["--recursive", "--lazy", join(folder, "data")]);
      await unmounting.catch(() => {});
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(
  folder: string,
  socket: string,
  { liveRestore = false }: DockerEngineOptions,
): Promise<ChildProcess | undefined> {
  const daemon = spawn(
    "dockerd",
    [
      ...["-H", `unix://${socket}`],
      ...["--data-root", join(folder, "data")],
      ...["--exec-root", join(folder, "exec")],
      ...(liveRestore ? ["--live-restore"] : []),
      ...["--pidfile", join(folder, "dockerd.pid")],
    ],
    { stdio: "ignore", detached: true },
  );
  daemon.on("error", () => {});
  const limit = Date.now() + startMilliseconds;
  while (Date.now() < limit && daemon.exitCode === null) {
    if (await answers(socket)) return daemon;
    await delay(50);
  }
  await end(daemon);
  return undefined;
}

async function end(daemon: ChildProcess | undefined): Promise<void> {
  if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = new Promise((resolve) => daemon.once("exit", resolve));
  daemon.kill("SIGTERM");
  await ended;
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection(socket, () => connection.write("GET /_ping HTTP/1.0\r\n\r\n"));
    connection.setTimeout(2000, () => connection.destroy());
    connection.once("data", (bytes) => {
      resolve(bytes.toString("latin1").includes(" 200 "));
      connection.destroy();
    });
    connection.on("error", () => {});
    connection.on("close", () => resolve(false));
  });
}

/**
 * This machine's address on the engine's default network: the one that containers know as `host.docker.internal`.
 * What listens there is reached by containers and by this machine, and by nobody else.
 */
export async function hostAddress(host: string): Promise<string> {
  const { stdout } = await promisify(execFile)("curl", [
    ...["-sSf", "--unix-socket", host.slice("unix://".length)],
    "http://docker/networks/bridge",
  ]);
  const network: { IPAM: { Config: readonly { Gateway?: string }[] } } = JSON.parse(stdout);
  const address = network.IPAM.Config.find(({ Gateway }) => Gateway !== undefined)?.Gateway;
  if (address === undefined) throw new Error("the engine's default network has no gateway");
  return address;
}

async function isInstalled(program: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    try {
      await access(join(folder, program));
      return true;
    } catch {
      // Elsewhere, perhaps.
    }
  }
  return false;
}

/** Imports a tar file as an image by Docker's API, without a client; `labels` go on the image. */
export async function importIntoDocker(
  host: string,
  reference: string,
  tar: Uint8Array,
  labels: Readonly<Record<string, string>> = {},
): Promise<void> {
  const [repository = "", tag = ""] = reference.split(/:(?=[^:]*$)/);
  const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag });
  query.append("changes", "ENV PATH=/bin");
  for (const [name, value] of Object.entries(labels)) query.append("changes", `LABEL ${name}=${value}`);
  const child = promisify(execFile)("curl", [
    ...["-sSf", "--unix-socket", host.slice("unix://".length), "-X", "POST", "--data-binary", "@-"],
    ...["-H", "Content-Type: application/x-tar", `http://docker/images/create?${query}`],
  ]);
  child.child.stdin?.end(tar);
  await child;
}
