/** Resources that one container may use; the engine enforces them. */
export interface ContainerLimits {
  /** Processors, such as 4 or 0.5. */
  readonly cpus: number;
  /** Memory without swap, in bytes. Beyond it the kernel kills the container's processes. */
  readonly memoryBytes: number;
  /** Processes and threads. */
  readonly processes: number;
}

/** Where a container's traffic goes. */
export type ContainerNetwork =
  | { readonly kind: "default" }
  | { readonly kind: "network"; readonly name: string }
  /** The network namespace of another container, which has to run already. */
  | { readonly kind: "container"; readonly name: string };

/**
 * What a container is made of. It never gets new privileges, and has no capabilities but those listed. Its first
 * process is an init of the engine's, if the engine has one, so that the program is ended by SIGTERM even if it
 * does not know of it.
 */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  /** Program in the image, in place of the image's own. */
  readonly entrypoint?: string;
  readonly arguments: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly limits: ContainerLimits;
  readonly network: ContainerNetwork;
  /** Further host names: `name:address`, where the address `host-gateway` is this machine. */
  readonly extraHosts?: readonly string[];
  /** Variables besides those of the image. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Addresses of the servers that look names up, in place of the engine's choice. */
  readonly nameServers?: readonly string[];
  /** Nothing in it can be written but `/tmp`, which is in memory and counts as such. Default false. */
  readonly readOnlyRoot?: boolean;
  /** Such as `NET_ADMIN`. Default none. */
  readonly capabilities?: readonly string[];
  /** How much output the engine itself keeps, in bytes; older output is dropped. */
  readonly logBytes: number;
}

export type ContainerPhase = "created" | "running" | "exited";

/** A container as the engine tells of it. */
export interface ContainerSummary {
  readonly name: string;
  readonly image: string;
  readonly phase: ContainerPhase;
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

/** How a container ended. */
export interface ContainerExit {
  /** Undefined when the engine does not tell it: of Apple's, once what we know of the run has been lost. */
  readonly exitCode: number | undefined;
  /** The kernel killed a process of it for want of memory. */
  readonly outOfMemory: boolean;
}

/** What a container uses at a moment. */
export interface ContainerStats {
  /** Processor time of all its processes since it was started, in seconds. */
  readonly processorSeconds: number;
  /** Memory without what the kernel can take back at once, in bytes. */
  readonly memoryBytes: number;
}

/** What is known of an image on this machine. */
export interface ImageFacts {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What it takes on the disk, layers that it shares with others included. */
  readonly bytes: number;
}

/** The engine behind a runtime. */
export interface EngineFacts {
  readonly version: string;
  /** The processor that containers run on, as engines name it: `amd64`, `arm64`. */
  readonly architecture: string;
}

/**
 * A container runtime: the few things that differ between engines. Everything else (jobs, ids, logs,
 * pull policy, isolation) is written once, above it.
 *
 * A container's life:
 *
 * 1. `create` – it exists under its name and does not run. A taken name is a `conflict`, which is what
 *    makes a job start at most once, across restarts of the caller too.
 * 2. `start` – it runs, and has got all of `input` on its standard input, followed by its end. A container
 *    is started once.
 * 3. `output`, `wait` – may begin before, during and after the run, more than once, and by another process
 *    than the one that started it: a container does not depend on its caller's life.
 * 4. `stop` or `kill` – ends it early. On one that has ended, or is not there, they do nothing.
 * 5. `remove` – it is gone, with its output, whatever its phase was. Nothing is removed by itself.
 *
 * Methods may be called concurrently. They reject with a `RuntimeError`, and with the signal's reason when
 * the signal aborts; an aborted call may have had its effect or not.
 */
export interface Runtime {
  readonly name: string;
  /** Asks the engine; rejects with `unavailable` when it does not answer. */
  engine(signal?: AbortSignal): Promise<EngineFacts>;

  /** The image as it is on this machine, or undefined. Asks no registry. */
  image(reference: string, signal?: AbortSignal): Promise<ImageFacts | undefined>;
  /** Fetches an image from its registry, once, without retries. */
  pull(reference: string, signal?: AbortSignal): Promise<void>;
  /** Makes an image of one layer from a tar file. */
  importImage(reference: string, tar: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Removes an image; one that is in use or not there is left as it is. */
  removeImage(reference: string, signal?: AbortSignal): Promise<void>;

  /** Makes a bridge network of its own. One of that name that exists is used as it is. */
  createNetwork(name: string, labels: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<void>;
  /** Removes a network; one that is not there is fine. */
  removeNetwork(name: string, signal?: AbortSignal): Promise<void>;
  /** Names of the networks that carry a label of this name and value. */
  listNetworks(label: string, value: string, signal?: AbortSignal): Promise<readonly string[]>;

  create(spec: ContainerSpec, signal?: AbortSignal): Promise<void>;
  start(name: string, input: string, signal?: AbortSignal): Promise<void>;
  /** Containers, in any phase, that carry a label of this name and value. */
  list(label: string, value: string, signal?: AbortSignal): Promise<readonly ContainerSummary[]>;
  /** Standard output and error interleaved, from the first byte kept, until the container ends. */
  output(name: string, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Resolves when the container has ended. */
  wait(name: string, signal?: AbortSignal): Promise<ContainerExit>;
  /** What a container uses now; undefined when it does not run, or is not there. */
  stats(name: string, signal?: AbortSignal): Promise<ContainerStats | undefined>;
  /** Asks it to end, and ends it after so many seconds. */
  stop(name: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  kill(name: string, signal?: AbortSignal): Promise<void>;
  remove(name: string, signal?: AbortSignal): Promise<void>;
}
