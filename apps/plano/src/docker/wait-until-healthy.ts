import type { DockerEngine } from "@plano/docker-engine";
import { AppError } from "@plano/errors";
import { clientUrl, isHealthy } from "../gateway/health.ts";
import { pause } from "../gateway/log-file.ts";
import { findContainer } from "./container.ts";
import { containerLog } from "./container-log.ts";
import { throwIfInterrupted } from "./interruption.ts";

const startLimitMilliseconds = 60_000;
/** How long one that has been running may take. */
const answerLimitMilliseconds = 15_000;

export interface Awaited {
  readonly id: string;
  readonly listeners: readonly { readonly address: string; readonly port: number }[];
}

/** Waits until every listener of a container answers where it is published. Throws an AppError where they do not. */
export async function waitUntilHealthy(
  engine: DockerEngine,
  { id, listeners }: Awaited,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + startLimitMilliseconds;
  while (!(await areHealthy(listeners))) {
    const found = await findContainer(engine, id);
    if (found === undefined) throw startError("it was removed", []);
    if (!found.isRunning || found.hasFallen)
      throw startError(`it ended with exit code ${found.exitCode}`, await lastWords(engine, id));
    throwIfInterrupted(signal);
    if (Date.now() >= deadline) {
      throw startError("it did not answer within a minute", await lastWords(engine, id));
    }
    await pause(100, signal);
  }
  throwIfInterrupted(signal);
}

/** Whether every listener of a container that runs answers, or does so soon. */
export async function answersSoon(listeners: Awaited["listeners"], signal: AbortSignal): Promise<boolean> {
  for (const deadline = Date.now() + answerLimitMilliseconds; Date.now() < deadline; ) {
    if (await areHealthy(listeners)) return true;
    throwIfInterrupted(signal);
    await pause(100, signal);
  }
  return false;
}

async function areHealthy(listeners: Awaited["listeners"]): Promise<boolean> {
  const answers = await Promise.all(listeners.map(clientUrl).map(isHealthy));
  return answers.every(Boolean);
}

async function lastWords(engine: DockerEngine, id: string): Promise<string[]> {
  let text = "";
  for await (const piece of containerLog(engine, id, { lines: 15 })) text += piece;
  return text.trimEnd().split("\n");
}

function startError(reason: string, lines: readonly string[]): AppError {
  const log = lines.length === 0 ? [] : ["The end of its log:", ...lines.map((line) => `  ${line}`)];
  return new AppError(`the gateway did not start: ${reason}`, { code: "start-failed", hint: log.join("\n") });
}
