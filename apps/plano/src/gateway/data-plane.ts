import { type ChildProcess, spawn } from "node:child_process";
import { closeSync } from "node:fs";
import type { Readable } from "node:stream";
import { AppError, describeCause } from "@plano/errors";
import type { Compiler } from "./candidate.ts";
import { isHealthy } from "./health.ts";
import { lastLines, pause } from "./log-file.ts";
import { openFreshLog, type RunFiles } from "./run-files.ts";

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A data plane process that this program has just started. */
export interface DataPlane {
  readonly pid: number;
  /** Settles when the process ends. */
  readonly ended: Promise<Ending>;
  /** Its log as it is written; only of an attached process. */
  readonly output: readonly Readable[];
  /** Lets this program end while the process goes on. */
  release(): void;
  stop(): void;
}

export interface DataPlaneOptions {
  readonly program: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly files: RunFiles;
  /** Envoy runs in front, as the files say. */
  readonly withEnvoy: boolean;
  /** How it is operated while it runs. */
  readonly management: Management;
  /** Keep its output at hand instead of writing it to the log. */
  readonly attached: boolean;
}

/** What the data plane is told on its standard input. Holds keys: for its memory only. */
export interface Management {
  readonly control: string;
  readonly state: string;
  readonly compiler: Compiler;
  /** Variables that later configurations may refer to. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Starts the data plane on the rendered configuration. It gets no secret on its command line. */
export async function startDataPlane(options: DataPlaneOptions): Promise<DataPlane> {
  const { program, environment, files, withEnvoy, management, attached } = options;
  const envoy = withEnvoy ? ["--envoy", files.envoySettings] : [];
  const log = attached ? undefined : openFreshLog(files.dataPlaneLog);
  // In a process group of its own, a Ctrl-C reaches it only through this program.
  const child = spawn(program, ["--config", files.renderedConfig, ...envoy, "--managed"], {
    cwd: files.run,
    detached: true,
    env: environment,
    stdio: ["pipe", log ?? "pipe", log ?? "pipe"],
  });
  // One that ends before it has read everything tells why in its log.
  child.stdin?.on("error", () => {});
  child.stdin?.end(JSON.stringify(management));
  if (log !== undefined) closeSync(log);
  const ended = new Promise<Ending>((resolve) => {
    child.once(attached ? "close" : "exit", (code, signal) => resolve({ code, signal }));
  });
  const pid = await spawned(child, program);
  return {
    pid,
    ended,
    output: [child.stdout, child.stderr].filter((stream) => stream !== null),
    release: () => child.unref(),
    stop: () => child.kill("SIGTERM"),
  };
}

function spawned(child: ChildProcess, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      const message = `cannot start ${program}: ${describeCause(cause)}`;
      reject(new AppError(message, { code: "start-failed", cause }));
    });
    child.once("spawn", () => resolve(child.pid ?? 0));
  });
}

const startLimitMilliseconds = 60_000;

/**
 * Waits until every listener answers. Throws an AppError that shows the end of the log if the process
 * ends before, if it takes over a minute, or if `signal` is aborted.
 */
export async function waitUntilHealthy(
  plane: DataPlane,
  urls: readonly string[],
  logPath: string,
  signal: AbortSignal,
): Promise<void> {
  let ending: Ending | undefined;
  const over = new AbortController();
  const watch = plane.ended.then((how) => {
    ending = how;
    over.abort();
  });
  const deadline = Date.now() + startLimitMilliseconds;
  let delay = 10;
  const isReady = async () => (await Promise.all(urls.map(isHealthy))).every(Boolean);
  while (!(await isReady()) || ending !== undefined) {
    if (ending !== undefined) {
      await watch;
      throw startError(describeEnding(ending), logPath);
    }
    if (signal.aborted) throw new AppError("interrupted", { code: "interrupted", exitCode: 130 });
    if (Date.now() >= deadline) throw startError("it did not answer within a minute", logPath);
    await pause(delay, AbortSignal.any([signal, over.signal]));
    delay = Math.min(delay * 1.5, 250);
  }
}

/** The documented exit codes of the data plane in words. */
export function describeEnding({ code, signal }: Ending): string {
  if (signal !== null) return `it was ended by ${signal}`;
  if (code === 2) return "it does not accept the configuration";
  if (code === 3) return "a port is in use";
  return `it ended with exit code ${code}`;
}

function startError(reason: string, logPath: string): AppError {
  const lines = lastLines(logPath, 15);
  const log =
    lines.length === 0
      ? [`Its log is empty: ${logPath}`]
      : [`The end of ${logPath}:`, ...lines.map((line) => `  ${line}`)];
  return new AppError(`the gateway did not start: ${reason}`, { code: "start-failed", hint: log.join("\n") });
}
