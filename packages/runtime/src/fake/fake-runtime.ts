import type { ContainerExit, ContainerPhase, ContainerSpec, ContainerStats, Runtime } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";

/** What a program in a fake container sees and can do. */
interface FakeProcess {
  /** What came on standard input. */
  readonly input: string;
  readonly spec: ContainerSpec;
  /** Writes to the container's output. */
  write(text: string): void;
  /** Aborts at `stop` and at `kill`; a program that goes on after a stop is killed when the grace is over. */
  readonly signal: AbortSignal;
}

/** A program: resolves with its exit code, or with how it ended. */
export type FakeProgram = (process: FakeProcess) => Promise<number | ContainerExit>;

/** What each of its images takes. */
const fakeImageBytes = 100;

export interface FakeRuntimeOptions {
  /** The program behind each image on the machine. */
  readonly images?: Readonly<Record<string, FakeProgram>>;
  /** Labels of images. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Images that a pull can fetch. */
  readonly registry?: Readonly<Record<string, FakeProgram>>;
}

/** A runtime in memory, with switches for what goes wrong. Containers end when the process ends. */
export interface FakeRuntime extends Runtime {
  /** Every call fails as `unavailable`, and every wait and output that runs breaks off. */
  breakDown(): void;
  /** The engine answers again; as after its restart, nothing runs any more. */
  recover(): void;
  /** The next pulls fail with these errors, in turn. */
  failPulls(...errors: readonly RuntimeError[]): void;
  /** Names of the methods that were called, with their first argument. */
  readonly calls: readonly string[];
}

interface FakeContainer {
  readonly spec: ContainerSpec;
  readonly createdAt: Date;
  phase: ContainerPhase;
  readonly output: Uint8Array[];
  readonly stop: AbortController;
  readonly ended: PromiseWithResolvers<ContainerExit>;
  changed: PromiseWithResolvers<void>;
}

/** What each of its containers uses. */
const fakeStats: ContainerStats = { processorSeconds: 1.5, memoryBytes: 2 ** 20 };

const killed: ContainerExit = { exitCode: 137, outOfMemory: false };

export function createFakeRuntime(options: FakeRuntimeOptions = {}): FakeRuntime {
  const images = new Map(Object.entries(options.images ?? {}));
  const containers = new Map<string, FakeContainer>();
  const networks = new Map<string, Readonly<Record<string, string>>>();
  const pullErrors: RuntimeError[] = [];
  const calls: string[] = [];
  let outage = Promise.withResolvers<never>();
  outage.promise.catch(() => {});
  let broken = false;

  const enter = (call: string, signal?: AbortSignal) => {
    calls.push(call);
    signal?.throwIfAborted();
    if (broken) throw unavailable();
  };
  const find = (name: string): FakeContainer => {
    const container = containers.get(name);
    if (container === undefined) throw notFound(`No such container: ${name}`);
    return container;
  };
  const wake = (container: FakeContainer) => {
    const { changed } = container;
    container.changed = Promise.withResolvers();
    changed.resolve();
  };
  const end = (container: FakeContainer, exit: ContainerExit) => {
    if (container.phase === "exited") return;
    container.phase = "exited";
    container.stop.abort();
    container.ended.resolve(exit);
    wake(container);
  };
  const orBrokenOff = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    const aborted = Promise.withResolvers<never>();
    aborted.promise.catch(() => {});
    const abort = () => aborted.reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    return Promise.race([promise, outage.promise, aborted.promise]).finally(() =>
      signal?.removeEventListener("abort", abort),
    );
  };

  return {
    name: "fake",
    calls,
    breakDown: () => {
      broken = true;
      outage.reject(unavailable());
    },
    recover: () => {
      broken = false;
      outage = Promise.withResolvers<never>();
      outage.promise.catch(() => {});
      for (const container of containers.values()) if (container.phase === "running") end(container, killed);
    },
    failPulls: (...errors) => {
      pullErrors.push(...errors);
    },

    engine: async (signal) => {
      enter("engine", signal);
      return { version: "fake", architecture: "amd64" };
    },
    image: async (reference, signal) => {
      enter(`image ${reference}`, signal);
      const labels = options.labels?.[reference] ?? {};
      return images.has(reference) ? { id: reference, labels, bytes: fakeImageBytes } : undefined;
    },
    pull: async (reference, signal) => {
      enter(`pull ${reference}`, signal);
      const error = pullErrors.shift();
      if (error !== undefined) throw error;
      const program = options.registry?.[reference] ?? images.get(reference);
      if (program === undefined) {
        throw new RuntimeError(`manifest for ${reference} not found`, { failure: "failed" });
      }
      images.set(reference, program);
    },
    importImage: async (reference, _tar, signal) => {
      enter(`importImage ${reference}`, signal);
      images.set(reference, guardProgram);
    },
    removeImage: async (reference, signal) => {
      enter(`removeImage ${reference}`, signal);
      images.delete(reference);
    },

    createNetwork: async (name, labels, signal) => {
      enter(`createNetwork ${name}`, signal);
      if (!networks.has(name)) networks.set(name, labels);
    },
    removeNetwork: async (name, signal) => {
      enter(`removeNetwork ${name}`, signal);
      networks.delete(name);
    },
    listNetworks: async (label, value, signal) => {
      enter("listNetworks", signal);
      return [...networks].filter(([, labels]) => labels[label] === value).map(([name]) => name);
    },

    create: async (spec, signal) => {
      enter(`create ${spec.name}`, signal);
      if (!images.has(spec.image)) throw notFound(`No such image: ${spec.image}`);
      if (containers.has(spec.name)) {
        throw new RuntimeError(`the name ${spec.name} is already in use`, { failure: "conflict" });
      }
      containers.set(spec.name, {
        spec,
        createdAt: new Date(),
        phase: "created",
        output: [],
        stop: new AbortController(),
        ended: Promise.withResolvers(),
        changed: Promise.withResolvers(),
      });
    },
    start: async (name, input, signal) => {
      enter(`start ${name}`, signal);
      const container = find(name);
      const { spec } = container;
      const program = images.get(spec.image);
      if (program === undefined) throw notFound(`No such image: ${spec.image}`);
      container.phase = "running";
      const write = (text: string) => {
        if (container.phase !== "running") return;
        container.output.push(new TextEncoder().encode(text));
        wake(container);
      };
      void program({ input, spec, write, signal: container.stop.signal }).then(
        (result) =>
          end(container, typeof result === "number" ? { exitCode: result, outOfMemory: false } : result),
        () => end(container, { exitCode: 1, outOfMemory: false }),
      );
    },
    list: async (label, value, signal) => {
      enter("list", signal);
      return [...containers.values()]
        .filter(({ spec }) => spec.labels[label] === value)
        .map(({ spec: { name, image, labels }, phase, createdAt }) => ({
          name,
          image,
          labels,
          phase,
          createdAt,
        }));
    },
    async *output(name, signal) {
      enter(`output ${name}`, signal);
      const container = find(name);
      for (let index = 0; ; ) {
        const { changed, phase } = container;
        for (; index < container.output.length; index += 1) yield container.output[index] ?? new Uint8Array();
        if (phase === "exited") return;
        await orBrokenOff(changed.promise, signal);
      }
    },
    wait: async (name, signal) => {
      enter(`wait ${name}`, signal);
      return orBrokenOff(find(name).ended.promise, signal);
    },
    stats: async (name, signal) => {
      enter(`stats ${name}`, signal);
      return containers.get(name)?.phase === "running" ? fakeStats : undefined;
    },
    stop: async (name, graceSeconds, signal) => {
      enter(`stop ${name}`, signal);
      const container = containers.get(name);
      if (container?.phase !== "running") return;
      container.stop.abort();
      const timer = setTimeout(() => end(container, killed), graceSeconds * 1000);
      await container.ended.promise;
      clearTimeout(timer);
    },
    kill: async (name, signal) => {
      enter(`kill ${name}`, signal);
      const container = containers.get(name);
      if (container?.phase === "running") end(container, killed);
    },
    remove: async (name, signal) => {
      enter(`remove ${name}`, signal);
      const container = containers.get(name);
      if (container === undefined) return;
      end(container, killed);
      containers.delete(name);
    },
  };
}

/** What the network guard's image does: says that it is ready (the proxy: and where), and waits. */
const guardProgram: FakeProgram = async ({ spec, write, signal }) => {
  write(spec.arguments[0] === "proxy" ? "ready 192.0.2.7\n" : "ready\n");
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  return 137;
};

function unavailable(): RuntimeError {
  return new RuntimeError("the fake engine does not answer", { failure: "unavailable" });
}

function notFound(message: string): RuntimeError {
  return new RuntimeError(message, { failure: "not-found" });
}
