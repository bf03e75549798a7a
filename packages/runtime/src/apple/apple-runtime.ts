import { resolve } from "node:path";
import { sleep, untilAborted, withDeadline } from "@plano/waiting";
import { type ProgramOptions, type ProgramResult, runProgram } from "../run-program.ts";
import type { ContainerExit, ContainerPhase, Runtime } from "../runtime.ts";
import { isRuntimeFailure, RuntimeError } from "../runtime-error.ts";
import {
  createArguments,
  createNetworkArguments,
  environmentLines,
  platform,
  pullArguments,
  startArguments,
  startServicesArguments,
} from "./arguments.ts";
import {
  type AppleContainer,
  hasLostServices,
  isImageMissing,
  isUnknownCommand,
  parseContainers,
  parseImage,
  parseNetworks,
  parseStats,
  parseVersion,
  programFailure,
  pullProgramFailure,
} from "./parse.ts";
import { createRunRecords } from "./run-records.ts";

export interface AppleOptions {
  /** Where what containers write and how they end is kept. Whoever asks of the same containers names the same. */
  readonly folder: string;
  /** The program, by name or path. Default `container`. */
  readonly program?: string;
  /** Whether services that do not run are started, rather than told of as `unavailable`. Default false. */
  readonly startServices?: boolean;
}

const startPollMilliseconds = 50;
const outputPollMilliseconds = 100;
/** The services are asked less often than the files are looked at: each time is a program. */
const statePollMilliseconds = 2_000;
const stoppingPollMilliseconds = 500;
const stoppingPolls = 60;
/** A kernel may have to be fetched. */
const servicesMilliseconds = 10 * 60_000;
/** What the program ends with when it fails itself, as a container's may, too. */
const programFailed = 1;
/** How much of an output is looked at for the program's own last words. */
const lastBytes = 4096;
/** From here on capabilities can be dropped, and the program's JSON has the form that is read here. */
const oldestMajor = 1;

/**
 * Apple's `container`, by its program (https://github.com/apple/container), from version 1.0 on. Every container
 * is a virtual machine of its own, so none can join another one's network.
 *
 * The services keep no exit codes, so a container's end is told by its {@link createRunRecords record}. Where
 * that was lost, the end is told and the exit code is not. That memory ran out is never told.
 */
export function createAppleRuntime(options: AppleOptions): Runtime {
  const { program: written = "container", startServices = false } = options;
  // A path is meant from where this process is.
  const program = written.includes("/") ? resolve(written) : written;
  const records = createRunRecords(resolve(options.folder));

  const run = async (words: readonly string[], options?: ProgramOptions): Promise<ProgramResult> => {
    try {
      return await runProgram(program, words, options);
    } catch (cause) {
      if (options?.signal?.aborted) throw cause;
      throw unavailable(program, cause);
    }
  };

  /** Resolves to the version when the services run and are new enough. */
  const prepare = async (): Promise<string> => {
    const version = parseVersion((await succeed(await run(["--version"]))).stdout);
    if (Number.parseInt(version, 10) < oldestMajor) throw tooOld(version);
    if ((await run(["system", "status"])).exitCode === 0) return version;
    if (!startServices) {
      throw new RuntimeError("the services of Apple's container do not run", {
        failure: "unavailable",
        hint: "Start them: container system start",
      });
    }
    const started = await withDeadline(servicesMilliseconds, (signal) =>
      run(startServicesArguments, { signal }),
    );
    if (started.exitCode === 0) return version;
    const { message } = programFailure(started);
    throw new RuntimeError(`the services of Apple's container cannot be started: ${message}`, {
      failure: "unavailable",
      hint: `Try it in a terminal: container ${startServicesArguments.join(" ")}`,
    });
  };
  let prepared: Promise<string> | undefined;
  /** Asks anew if nobody has yet, or if the last answer was a failure. Not by one caller's signal: others wait, too. */
  const ready = (): Promise<string> => {
    if (prepared === undefined) {
      const preparing = prepare();
      prepared = preparing;
      preparing.catch(() => {
        if (prepared === preparing) prepared = undefined;
      });
    }
    return prepared;
  };
  const attempt = async (words: readonly string[], options: ProgramOptions = {}): Promise<ProgramResult> => {
    await untilAborted(ready(), options.signal);
    const result = await run(words, options);
    // The services may have gone since.
    if (result.exitCode !== 0 && isRuntimeFailure(programFailure(result), "unavailable")) {
      prepared = undefined;
      throw programFailure(result);
    }
    return result;
  };
  const ask = async (words: readonly string[], signal?: AbortSignal): Promise<string> =>
    succeed(await attempt(words, { signal })).stdout;

  const findAll = async (signal?: AbortSignal): Promise<readonly AppleContainer[]> =>
    parseContainers(await ask(["list", "--all", "--format", "json"], signal));
  const find = async (name: string, signal?: AbortSignal): Promise<AppleContainer | undefined> =>
    (await findAll(signal)).find((container) => container.name === name);
  /** The container's exit code, if the program that it was started by has told it. */
  const exitCodeOf = async (name: string): Promise<number | undefined> => {
    const exitCode = await records.exitCode(name);
    if (exitCode !== programFailed) return exitCode;
    const last = await readText(records.read(name, -lastBytes));
    return hasLostServices(last) ? undefined : exitCode;
  };
  const phaseOf = async ({ name, state }: AppleContainer): Promise<ContainerPhase> => {
    if (state !== "stopped") return "running";
    if (!(await records.isKept(name))) return "created";
    if ((await records.exitCode(name)) !== undefined) return "exited";
    // On its way up, or about to tell how it ended.
    return (await records.isHeld(name)) ? "running" : "exited";
  };
  /** Runs a command for a container, whose failure does not matter if the container does not run. */
  const unlessEnded = async (words: readonly string[], name: string, signal?: AbortSignal) => {
    const result = await attempt(words, { signal });
    if (result.exitCode === 0) return;
    const state = (await find(name, signal))?.state ?? "stopped";
    if (state !== "stopped") throw programFailure(result);
  };

  /** Tells, each time it is called, how the container ended, or undefined while it has not. */
  const watchEnd = (name: string, signal: AbortSignal | undefined) => {
    let askAt = 0;
    return async (): Promise<ContainerExit | undefined> => {
      const exitCode = await exitCodeOf(name);
      if (exitCode !== undefined) return { exitCode, outOfMemory: false };
      if (performance.now() < askAt) return undefined;
      askAt = performance.now() + statePollMilliseconds;
      const container = await find(name, signal);
      if (container === undefined) throw notFound(name);
      if ((await phaseOf(container)) !== "exited") return undefined;
      // It may have been written since.
      return { exitCode: await exitCodeOf(name), outOfMemory: false };
    };
  };

  /** Throws what a program said that ended before its container was seen to run, unless it did run. */
  const throwIfNotRun = async (name: string, signal: AbortSignal | undefined): Promise<void> => {
    const exitCode = await records.exitCode(name);
    if (exitCode === 0) return;
    const said = await readText(records.read(name, 0));
    if (exitCode !== undefined && !/^Error: /m.test(said)) return;
    // The services keep what the container wrote; what is only in our record are words of the program.
    const log = await attempt(["logs", name], { signal });
    if (log.exitCode === 0 && log.stdout.trim() !== "") return;
    throw programFailure({ exitCode: exitCode ?? null, stdout: "", stderr: said });
  };

  return {
    name: "apple",
    engine: async (signal) => {
      prepared = undefined;
      return { version: await untilAborted(ready(), signal), architecture: platform.architecture };
    },

    image: async (reference, signal) => {
      const result = await attempt(["image", "inspect", reference], { signal });
      if (result.exitCode === 0) return parseImage(result.stdout);
      if (isImageMissing(result)) return undefined;
      throw programFailure(result);
    },
    pull: async (reference, signal) => {
      const result = await attempt(pullArguments(reference), { signal });
      if (result.exitCode !== 0) throw pullProgramFailure(result);
    },
    importImage: async (reference) => {
      throw new RuntimeError(`Apple's container cannot make the image ${reference} of a tar file`, {
        failure: "failed",
      });
    },
    removeImage: async (reference, signal) => {
      // One that is not there, or that a container was made of.
      await attempt(["image", "delete", reference], { signal });
    },

    createNetwork: async (name, labels, signal) => {
      const result = await attempt(createNetworkArguments(name, labels), { signal });
      if (result.exitCode === 0) return;
      const error = programFailure(result);
      if (error.failure !== "conflict") throw error;
    },
    removeNetwork: async (name, signal) => {
      const result = await attempt(["network", "delete", name], { signal });
      if (result.exitCode === 0 || isUnknownCommand(result)) return;
      const error = programFailure(result);
      if (error.failure !== "not-found") throw error;
    },
    listNetworks: async (label, value, signal) => {
      const result = await attempt(["network", "list", "--format", "json"], { signal });
      if (isUnknownCommand(result)) return [];
      return parseNetworks(succeed(result).stdout, label, value);
    },

    create: async (spec, signal) => {
      const variables = environmentLines(spec);
      const make = (environmentFile?: string) => ask(createArguments(spec, environmentFile), signal);
      // The program would fetch what is missing.
      const { image } = spec;
      const inspected = await attempt(["image", "inspect", image], { signal });
      if (inspected.exitCode !== 0) {
        if (!isImageMissing(inspected)) throw programFailure(inspected);
        throw new RuntimeError(`there is no image ${image} on this machine`, { failure: "not-found" });
      }
      await (variables === undefined ? make() : records.withFile(spec.name, variables, make));
    },

    start: async (name, input, signal) => {
      await untilAborted(ready(), signal);
      if (await records.isKept(name)) {
        throw new RuntimeError(`the container ${name} was started before`, { failure: "conflict" });
      }
      const held = await records.hold(name, [program, ...startArguments(name)], input);
      while (!["running", "stopping"].includes((await find(name, signal))?.state ?? "")) {
        if (held.isOver()) return throwIfNotRun(name, signal);
        await sleep(startPollMilliseconds, signal);
      }
      await untilAborted(held.fed, signal);
    },

    list: async (label, value, signal) => {
      const found = (await findAll(signal)).filter(({ labels }) => labels[label] === value);
      return Promise.all(
        found.map(async (container) => {
          const { name, image, labels, createdAt } = container;
          return { name, image, phase: await phaseOf(container), labels, createdAt };
        }),
      );
    },

    async *output(name, signal) {
      const findEnd = watchEnd(name, signal);
      let position = 0;
      for (;;) {
        signal?.throwIfAborted();
        // Asked before reading: what was written before the end is read then.
        const end = await findEnd();
        for await (const bytes of records.read(name, position)) {
          signal?.throwIfAborted();
          position += bytes.length;
          yield bytes;
        }
        if (end?.exitCode !== undefined) return;
        if (end !== undefined) break;
        await sleep(outputPollMilliseconds, signal);
      }
      // The record broke off; the services' own may have more.
      const log = await attempt(["logs", name], { signal });
      const rest = Buffer.from(log.exitCode === 0 ? log.stdout : "").subarray(position);
      if (rest.length > 0) yield rest;
    },

    wait: async (name, signal) => {
      const findEnd = watchEnd(name, signal);
      for (;;) {
        signal?.throwIfAborted();
        const end = await findEnd();
        if (end !== undefined) return end;
        await sleep(outputPollMilliseconds, signal);
      }
    },

    stats: async (name, signal) => {
      const result = await attempt(["stats", "--no-stream", "--format", "json", name], { signal });
      if (result.exitCode === 0) return parseStats(result.stdout);
      if ((await find(name, signal)) === undefined) return undefined;
      throw programFailure(result);
    },

    stop: (name, graceSeconds, signal) =>
      unlessEnded(["stop", "--time", String(Math.ceil(graceSeconds)), name], name, signal),
    kill: (name, signal) => unlessEnded(["kill", name], name, signal),
    remove: async (name, signal) => {
      for (let poll = 0; ; poll += 1) {
        const result = await attempt(["delete", "--force", name], { signal });
        if (result.exitCode === 0) break;
        const container = await find(name, signal);
        if (container === undefined) break;
        // It refuses while the container is being stopped.
        if (container.state !== "stopping" || poll === stoppingPolls) throw programFailure(result);
        await sleep(stoppingPollMilliseconds, signal);
      }
      await records.forget(name);
    },
  };
}

function succeed(result: ProgramResult): ProgramResult {
  if (result.exitCode !== 0) throw programFailure(result);
  return result;
}

async function readText(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const bytes of pieces) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

function notFound(name: string): RuntimeError {
  return new RuntimeError(`there is no container ${name}`, { failure: "not-found" });
}

function tooOld(version: string): RuntimeError {
  return new RuntimeError(
    `Apple's container ${version} is too old; ${oldestMajor}.0 is the first that will do`,
    {
      failure: "failed",
      hint: "A newer one is at https://github.com/apple/container/releases.",
    },
  );
}

function unavailable(program: string, cause: unknown): RuntimeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError(`${program} cannot be started: ${reason}`, {
    failure: "unavailable",
    cause,
    hint: "Is Apple's container installed? It is at https://github.com/apple/container/releases.",
  });
}
