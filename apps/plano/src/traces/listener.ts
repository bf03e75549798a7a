import { spawn } from "node:child_process";
import { closeSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { AppError } from "@plano/errors";
import type { Context } from "../context.ts";
import { collectorEnvironment } from "../environment.ts";
import { lastLines, pause } from "../gateway/log-file.ts";
import { processStart } from "../gateway/process-start.ts";
import {
  createRunFolders,
  openFreshLog,
  type RunFiles,
  readIfPresent,
  writePrivateFile,
} from "../gateway/run-files.ts";

/** The collector in the background, as its process file tells. */
export interface Listener {
  readonly pid: number;
  /** See processStart. */
  readonly start: string;
  readonly host: string;
  readonly port: number;
}

const startLimitMilliseconds = 10_000;
const stopLimitMilliseconds = 2_000;
const pollMilliseconds = 20;

/** The collector that runs in the background, if one does. */
export function runningListener({ traceListener }: RunFiles): Listener | undefined {
  try {
    const listener: Listener = JSON.parse(readIfPresent(traceListener) ?? "");
    return processStart(listener.pid) === listener.start ? listener : undefined;
  } catch {
    // There is no such file, or it says nothing.
    return undefined;
  }
}

/** Starts the collector in the background and waits until it listens. Throws an AppError where it does not. */
export async function startListener(
  files: RunFiles,
  { host, port }: Pick<Listener, "host" | "port">,
  { ownCommand, environment, currentFolder }: Context,
): Promise<Listener> {
  createRunFolders(files);
  const [program = "", ...words] = ownCommand;
  const log = openFreshLog(files.traceLog);
  const child = spawn(program, [...words, "trace", "collect", "--host", host, "--port", String(port)], {
    cwd: currentFolder,
    detached: true,
    env: collectorEnvironment(environment),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let ended = false;
  child.once("exit", () => {
    ended = true;
  });
  child.once("error", () => {
    ended = true;
  });
  const deadline = Date.now() + startLimitMilliseconds;
  while (!ended && !(await isListening(host, port))) {
    if (Date.now() >= deadline) child.kill();
    await pause(pollMilliseconds);
  }
  const { pid } = child;
  const start = pid === undefined ? undefined : processStart(pid);
  if (ended || pid === undefined || start === undefined) {
    const lines = lastLines(files.traceLog, 5).join("\n");
    throw new AppError(`the trace listener did not start on ${host}:${port}`, {
      code: "listen-failed",
      hint: lines || `See ${files.traceLog}`,
    });
  }
  child.unref();
  const listener = { pid, start, host, port };
  writePrivateFile(files.traceListener, `${JSON.stringify(listener)}\n`);
  return listener;
}

/** Has a collector listen at a place of this machine, unless somebody does already. */
export async function ensureListener(
  files: RunFiles,
  { hostname, port }: URL,
  context: Context,
): Promise<void> {
  const place = { host: hostname, port: Number(port) };
  if (await isListening(place.host, place.port)) {
    // Another collector, such as Jaeger, serves as well.
    if (runningListener(files)?.port !== place.port) {
      context.terminal.line(`Spans go to what listens at ${hostname}:${port} already`);
    }
    return;
  }
  await stopListener(files);
  await startListener(files, place, context);
}

/** Ends the collector in the background. Resolves to whether there was one. */
export async function stopListener(files: RunFiles): Promise<boolean> {
  const listener = runningListener(files);
  if (listener !== undefined) {
    const lives = () => processStart(listener.pid) === listener.start;
    process.kill(listener.pid, "SIGTERM");
    const deadline = Date.now() + stopLimitMilliseconds;
    while (lives()) {
      if (Date.now() >= deadline) process.kill(listener.pid, "SIGKILL");
      await pause(pollMilliseconds);
    }
  }
  rmSync(files.traceListener, { force: true });
  return listener !== undefined;
}

/** Whether something listens at a port of this machine. */
export function isListening(host: string, port: number): Promise<boolean> {
  const reached = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return new Promise((resolve) => {
    const socket = createConnection({ host: reached, port });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
