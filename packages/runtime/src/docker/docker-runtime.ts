import type { Duplex, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { type DockerEngine, demultiplex, type EngineAddress, openEngine } from "@plano/docker-engine";
import type { ContainerPhase, ContainerSummary, Runtime } from "../runtime.ts";
import { isRuntimeFailure, RuntimeError } from "../runtime-error.ts";
import { containerOptions } from "./container-options.ts";
import { toPullError, toRuntimeError } from "./errors.ts";
import { readStats } from "./read-stats.ts";
import { type DockerConfigFolder, registryCredentials } from "./registry-credentials.ts";

export interface DockerOptions {
  readonly address: EngineAddress;
  /** Where Docker's client keeps the user's registry logins; without it pulls are anonymous. */
  readonly configFolder?: DockerConfigFolder;
}

/** The Docker Engine API. Nothing is asked of the engine until a method is called. */
export async function createDockerRuntime(options: DockerOptions): Promise<Runtime> {
  const docker = await openEngine(options.address);

  const ask = async <T>(call: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw toRuntimeError(error, signal);
    }
  };
  const unlessGone = async (call: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> => {
    try {
      await call;
    } catch (cause) {
      const error = toRuntimeError(cause, signal);
      if (!isRuntimeFailure(error, "not-found")) throw error;
    }
  };
  /** 304: it has ended already; 409: it is not running. */
  const unlessEnded = async (call: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> => {
    try {
      await unlessGone(call, signal);
    } catch (error) {
      const { statusCode } = error instanceof Error ? ((error.cause ?? {}) as { statusCode?: number }) : {};
      if (statusCode !== 304 && statusCode !== 409) throw error;
    }
  };
  const open = (
    path: string,
    method: "GET" | "POST",
    signal: AbortSignal | undefined,
  ): Promise<Readable & { readonly complete?: boolean }> =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      docker.modem.dial(
        { path, method, isStream: true, statusCodes: { 200: true }, ...abortable(signal) },
        (error, result) => (error ? reject(error) : resolve(result as Readable)),
      );
    });

  return {
    name: "docker",

    engine: async (signal) => {
      const facts = await ask(docker.version(), signal);
      return { version: facts.Version, architecture: facts.Arch };
    },

    image: async (reference, signal) => {
      try {
        const facts = await docker.getImage(reference).inspect();
        return { id: facts.Id, labels: facts.Config?.Labels ?? {}, bytes: facts.Size };
      } catch (cause) {
        const error = toRuntimeError(cause, signal);
        if (isRuntimeFailure(error, "not-found")) return undefined;
        throw error;
      }
    },

    pull: async (reference, signal) => {
      try {
        const authconfig = await registryCredentials(reference, options.configFolder, signal);
        const progress = await docker.pull(reference, {
          ...abortable(signal),
          ...(authconfig === undefined ? {} : { authconfig }),
        });
        await followProgress(docker, progress);
      } catch (error) {
        throw toPullError(error, signal);
      }
    },

    importImage: async (reference, tar, signal) => {
      const [repo = "", tag = "latest"] = reference.split(":");
      try {
        const progress = await docker.importImage(Buffer.from(tar) as unknown as string, {
          repo,
          tag,
          ...abortable(signal),
        });
        await followProgress(docker, progress);
      } catch (error) {
        throw toRuntimeError(error, signal);
      }
    },

    removeImage: (reference, signal) => unlessEnded(docker.getImage(reference).remove(), signal),

    createNetwork: async (name, labels, signal) => {
      try {
        await docker.createNetwork({
          Name: name,
          Driver: "bridge",
          CheckDuplicate: true,
          Labels: { ...labels },
          ...abortable(signal),
        });
      } catch (cause) {
        const error = toRuntimeError(cause, signal);
        if (!isRuntimeFailure(error, "conflict")) throw error;
      }
    },

    removeNetwork: (name, signal) => unlessGone(docker.getNetwork(name).remove(), signal),

    listNetworks: async (label, value, signal) => {
      const networks = await ask(docker.listNetworks({ filters: { label: [`${label}=${value}`] } }), signal);
      return networks.map(({ Name }) => Name);
    },

    create: async (spec, signal) => {
      await ask(
        docker.createContainer({
          ...containerOptions(spec),
          ...abortable(signal),
        }),
        signal,
      );
    },

    start: async (name, input, signal) => {
      const container = docker.getContainer(name);
      const standardInput = (await ask(
        container.attach({ stream: true, stdin: true, hijack: true }),
        signal,
      )) as Duplex;
      standardInput.on("error", () => {});
      try {
        await ask(container.start(abortable(signal)), signal);
        // A container that ends without reading closes the stream; how it ended is told by `wait`.
        standardInput.end(input);
        await finished(standardInput, { readable: false, ...(signal === undefined ? {} : { signal }) }).catch(
          () => signal?.throwIfAborted(),
        );
      } catch (error) {
        standardInput.destroy();
        throw error;
      }
    },

    list: async (label, value, signal) => {
      const containers = await ask(
        docker.listContainers({ all: true, filters: { label: [`${label}=${value}`] } }),
        signal,
      );
      return containers.map(
        (container): ContainerSummary => ({
          name: container.Names[0]?.replace(/^\//, "") ?? container.Id,
          image: container.Image,
          phase: containerPhase(container.State),
          labels: container.Labels,
          createdAt: new Date(container.Created * 1000),
        }),
      );
    },

    async *output(name, signal) {
      try {
        const stream = await open(
          `/containers/${encodeURIComponent(name)}/logs?follow=true&stdout=true&stderr=true`,
          "GET",
          signal,
        );
        yield* demultiplex(stream);
        if (stream.complete === false) throw brokenOff();
      } catch (error) {
        throw toRuntimeError(error, signal);
      }
    },

    wait: async (name, signal) => {
      const path = `/containers/${encodeURIComponent(name)}`;
      try {
        // dockerode's own wait never settles when the engine goes away in the middle of it.
        const stream = await open(`${path}/wait?condition=not-running`, "POST", signal);
        for await (const _ of stream);
        if (stream.complete === false) throw brokenOff();
        const { State } = await docker.getContainer(name).inspect();
        return { exitCode: State.ExitCode, outOfMemory: State.OOMKilled };
      } catch (error) {
        throw toRuntimeError(error, signal);
      }
    },

    stats: async (name, signal) => {
      try {
        const facts = await docker
          .getContainer(name)
          .stats({ stream: false, "one-shot": true, ...abortable(signal) });
        return readStats(facts);
      } catch (cause) {
        const error = toRuntimeError(cause, signal);
        if (isRuntimeFailure(error, "not-found")) return undefined;
        throw error;
      }
    },

    stop: (name, graceSeconds, signal) =>
      unlessEnded(docker.getContainer(name).stop({ t: graceSeconds }), signal),

    kill: (name, signal) => unlessEnded(docker.getContainer(name).kill(), signal),

    remove: async (name, signal) => {
      try {
        await unlessGone(docker.getContainer(name).remove({ force: true, v: true }), signal);
      } catch (error) {
        // Another call removes it already.
        if (!isRuntimeFailure(error, "conflict")) throw error;
      }
    },
  };
}

function abortable(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

function brokenOff(): RuntimeError {
  return new RuntimeError("the Docker engine broke an answer off", { failure: "unavailable" });
}

function followProgress(docker: DockerEngine, progress: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(progress, (error) =>
      error ? reject(new RuntimeError(error.message, { failure: "failed", cause: error })) : resolve(),
    );
  });
}

function containerPhase(state: string): ContainerPhase {
  if (state === "created") return "created";
  return state === "exited" || state === "dead" ? "exited" : "running";
}
