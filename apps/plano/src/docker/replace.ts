import type { DockerEngine } from "@plano/docker-engine";
import { AppError, describeCause } from "@plano/errors";
import type { Terminal } from "@plano/terminal";
import { listenPlaces, requireFreePorts } from "../gateway/ports.ts";
import type { Prepared } from "../up/plan.ts";
import {
  endContainer,
  type FoundContainer,
  findContainer,
  removeContainer,
  startContainer,
  stopContainer,
} from "./container.ts";
import { writeContainerFiles } from "./container-files.ts";
import { asking } from "./engine.ts";
import { throwIfInterrupted } from "./interruption.ts";
import type { DockerPlan } from "./plan.ts";
import { type DockerRecord, readRecord, removeRecord } from "./record.ts";
import { dropSetAside, restoreSetAside, setAside } from "./set-aside.ts";
import { waitUntilHealthy } from "./wait-until-healthy.ts";

type Wanted = Pick<Prepared, "config"> & DockerPlan;

/** Starts a container, where there is none that runs. Resolves to its id; one that fails leaves nothing. */
export async function startFirst(
  wanted: Wanted,
  previous: FoundContainer | undefined,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  const { engine, container, docker } = wanted;
  if (previous !== undefined) await endContainer(engine, previous.id);
  removeRecord(docker);
  try {
    return await startNew(wanted, container.name, terminal, signal);
  } catch (error) {
    removeRecord(docker);
    throw error;
  }
}

/**
 * Starts a container in the place of one that runs, which keeps its name, and all that it needs, until the other
 * answers: one that fails is removed, and the former serves again. Resolves to the new one's id.
 */
export async function replaceRunning(
  wanted: Wanted,
  former: FoundContainer,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  const { engine, container, docker } = wanted;
  const next = `${container.name}.taking-over`;
  await removeLeftover(engine, next);
  const record = readRecord(docker);
  try {
    await stop(engine, former, terminal);
    throwIfInterrupted(signal);
    setAside(docker);
    const id = await startNew(wanted, next, terminal, signal);
    await removeContainer(engine, former.id);
    await asking(engine.getContainer(id).rename({ name: container.name }));
    dropSetAside(docker);
    return id;
  } catch (error) {
    throw withHint(error, await bringBack(wanted, former, record, terminal));
  }
}

/** What a program that was killed has left. */
async function removeLeftover(engine: DockerEngine, name: string): Promise<void> {
  const leftover = await findContainer(engine, name);
  if (leftover !== undefined) await removeContainer(engine, leftover.id);
}

async function stop(engine: DockerEngine, { id, name }: FoundContainer, terminal: Terminal): Promise<void> {
  const progress = terminal.progress(`Stopping the container ${name}; its streams may finish`);
  try {
    await stopContainer(engine, id);
  } finally {
    progress.stop();
  }
}

/** Writes the files of a container, starts it by this name, and waits until it answers; else it is removed. */
async function startNew(
  { engine, container, config, content, docker, user }: Wanted,
  name: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string> {
  const progress = terminal.progress("Starting the container");
  try {
    await requireFreePorts(listenPlaces(config));
    throwIfInterrupted(signal);
    writeContainerFiles(content, docker, user);
    const id = await startContainer(engine, { ...container, name });
    try {
      await waitUntilHealthy(engine, { id, listeners: config.listeners }, signal);
    } catch (error) {
      await endContainer(engine, id);
      throw error;
    }
    return id;
  } finally {
    progress.stop();
  }
}

/** Has the former container serve again. Resolves to what is to be told of it; never rejects. */
async function bringBack(
  { engine, docker }: Wanted,
  { id, name }: FoundContainer,
  record: DockerRecord | undefined,
  terminal: Terminal,
): Promise<string> {
  const progress = terminal.progress(`Starting the container ${name} that ran before`);
  try {
    restoreSetAside(docker);
    await asking(engine.getContainer(id).start());
    const listeners = record?.listeners ?? [];
    await waitUntilHealthy(engine, { id, listeners }, new AbortController().signal);
    return `The container ${name} that ran before serves again.`;
  } catch (error) {
    return `The container ${name} that ran before was stopped, and cannot be started again: ${describeCause(error)}`;
  } finally {
    progress.stop();
  }
}

function withHint(error: unknown, line: string): unknown {
  if (!(error instanceof AppError)) return error;
  const { message, code, exitCode, hint } = error;
  const lines = [hint, line].filter((text) => text !== undefined && text !== "");
  return new AppError(message, { code, exitCode, cause: error, hint: lines.join("\n") });
}
