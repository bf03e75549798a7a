import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ProgramOptions, type ProgramResult, runProgram } from "../run-program.ts";
import type { Runtime } from "../runtime.ts";
import { isRuntimeFailure, RuntimeError } from "../runtime-error.ts";
import { createArguments, createNetworkArguments } from "./arguments.ts";
import {
  isWithoutInit,
  parseContainers,
  parseExit,
  parseImage,
  parseNames,
  parseStats,
  parseVersion,
  programFailure,
  pullProgramFailure,
  statsFormat,
} from "./parse.ts";

export interface PodmanOptions {
  /** The program, by name or path. Default `podman`. */
  readonly program?: string;
  /** Where Podman works. Its monitor leaves an empty file `oom` there. Default the process's own folder. */
  readonly folder?: string;
}

const startPollMilliseconds = 20;

/** Podman, by its program: rootless or not, as the user has set it up. */
export function createPodmanRuntime(options: PodmanOptions = {}): Runtime {
  const { program: written = "podman", folder } = options;
  // A path is meant from where this process is.
  const program = written.includes("/") ? resolve(written) : written;
  const place = folder === undefined ? {} : { cwd: folder };
  /** Podman's init (catatonit) is a program of its own, and may not be installed. */
  let hasInit = true;
  const run = async (words: readonly string[], options?: ProgramOptions): Promise<ProgramResult> => {
    try {
      return await runProgram(program, words, { ...options, ...place });
    } catch (cause) {
      if (options?.signal?.aborted) throw cause;
      throw unavailable(program, cause);
    }
  };
  const ask = async (words: readonly string[], signal: AbortSignal | undefined): Promise<string> => {
    const result = await run(words, { signal });
    if (result.exitCode !== 0) throw programFailure(result);
    return result.stdout;
  };
  const unless = async (call: Promise<unknown>, ...harmless: ("not-found" | "conflict" | "failed")[]) => {
    try {
      await call;
    } catch (error) {
      if (!isRuntimeFailure(error, ...harmless)) throw error;
    }
  };
  const stateOf = async (name: string, signal: AbortSignal | undefined): Promise<string> =>
    (await ask(["container", "inspect", "--format", "{{.State.Status}}", name], signal)).trim();
  const unlessEnded = async (words: readonly string[], name: string, signal: AbortSignal | undefined) => {
    try {
      await ask(words, signal);
    } catch (error) {
      if (isRuntimeFailure(error, "not-found")) return;
      // Podman refuses to signal what does not run; only the state tells that from other failures.
      const state = await stateOf(name, signal).catch((reason: unknown) =>
        isRuntimeFailure(reason, "not-found") ? "exited" : "unknown",
      );
      if (!["exited", "stopped", "created", "configured"].includes(state)) throw error;
    }
  };

  return {
    name: "podman",
    engine: async (signal) => parseVersion(await ask(["version", "--format", "json"], signal)),

    image: async (reference, signal) => {
      const result = await run(["image", "inspect", reference], { signal });
      if (result.exitCode === 0) return parseImage(result.stdout);
      const error = programFailure(result);
      if (error.failure === "not-found") return undefined;
      throw error;
    },
    pull: async (reference, signal) => {
      const result = await run(["pull", "--quiet", reference], { signal });
      if (result.exitCode !== 0) throw pullProgramFailure(result);
    },
    importImage: async (reference, tar, signal) => {
      const result = await run(["import", "--quiet", "-", reference], { input: tar, signal });
      if (result.exitCode !== 0) throw programFailure(result);
    },
    removeImage: (reference, signal) =>
      unless(ask(["image", "rm", reference], signal), "not-found", "conflict", "failed"),

    createNetwork: (name, labels, signal) =>
      unless(ask(createNetworkArguments(name, labels), signal), "conflict"),
    removeNetwork: (name, signal) => unless(ask(["network", "rm", name], signal), "not-found"),
    listNetworks: async (label, value, signal) =>
      parseNames(
        await ask(["network", "ls", "--filter", `label=${label}=${value}`, "--format", "{{.Name}}"], signal),
      ),

    create: async (spec, signal) => {
      try {
        await ask(createArguments(spec, { hasInit }), signal);
      } catch (error) {
        if (!hasInit || !isWithoutInit(error)) throw error;
        hasInit = false;
        await ask(createArguments(spec, { hasInit }), signal);
      }
    },

    start: async (name, input, signal) => {
      signal?.throwIfAborted();
      // The client stays attached only to pass the input on; the container does not depend on it.
      const client = spawn(program, ["start", "--attach", "--interactive", "--sig-proxy=false", name], {
        stdio: ["pipe", "ignore", "pipe"],
        ...place,
      });
      let stderr = "";
      let ended: number | null | undefined;
      const { promise: failed, reject } = Promise.withResolvers<never>();
      failed.catch(() => {});
      client.on("error", (cause) => reject(unavailable(program, cause)));
      client.on("close", (exitCode) => {
        ended = exitCode;
      });
      client.stderr.setEncoding("utf8").on("data", (part: string) => {
        stderr = (stderr + part).slice(-16_384);
      });
      client.stdin.on("error", () => {});
      client.stdin.end(input);
      const started = async () => {
        for (;;) {
          const state = await stateOf(name, signal);
          if (!["created", "configured", "initialized"].includes(state)) return;
          if (ended !== undefined) throw programFailure({ exitCode: ended, stdout: "", stderr });
          await delay(startPollMilliseconds, undefined, signal === undefined ? {} : { signal });
        }
      };
      await Promise.race([started(), failed]);
    },

    list: async (label, value, signal) =>
      parseContainers(
        await ask(["ps", "--all", "--filter", `label=${label}=${value}`, "--format", "json"], signal),
      ),

    async *output(name, signal) {
      let seen = 0;
      if (["running", "paused"].includes(await stateOf(name, signal))) {
        for await (const bytes of readLog(program, ["logs", "--follow", name], signal)) {
          seen += bytes.length;
          yield bytes;
        }
      }
      // Following may break off before the end of what a container that ends has written.
      for await (const bytes of readLog(program, ["logs", name], signal)) {
        const known = Math.min(seen, bytes.length);
        seen -= known;
        if (known < bytes.length) yield bytes.subarray(known);
      }
    },

    wait: async (name, signal) => {
      await ask(["wait", name], signal);
      return parseExit(await ask(["container", "inspect", "--format", "{{json .State}}", name], signal));
    },

    stats: async (name, signal) => {
      const result = await run(["stats", "--no-stream", "--format", statsFormat, name], { signal });
      if (result.exitCode === 0) return parseStats(result.stdout);
      // It refuses to tell of what does not run; only the state tells that from other failures.
      const state = await stateOf(name, signal).catch((reason: unknown) =>
        isRuntimeFailure(reason, "not-found") ? "exited" : "unknown",
      );
      if (["running", "unknown"].includes(state)) throw programFailure(result);
      return undefined;
    },

    stop: (name, graceSeconds, signal) =>
      unlessEnded(["stop", "--time", String(graceSeconds), name], name, signal),
    kill: (name, signal) => unlessEnded(["kill", name], name, signal),
    remove: (name, signal) =>
      unless(ask(["rm", "--force", "--volumes", "--time", "0", name], signal), "not-found"),
  };
}

function unavailable(program: string, cause: unknown): RuntimeError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RuntimeError(`${program} cannot be started: ${reason}`, {
    failure: "unavailable",
    cause,
    hint: "Is Podman installed? Its path can be given with --podman-path.",
  });
}

/** What a program writes to standard output and error, in the order of its writing. */
async function* readLog(
  program: string,
  words: readonly string[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  // One pipe for both: two would lose the order.
  const client = spawn("/bin/sh", ["-c", 'exec "$0" "$@" 2>&1', program, ...words], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  client.on("error", () => {});
  const stop = () => client.kill("SIGKILL");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    yield* client.stdout;
    signal?.throwIfAborted();
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}
