import { sleep } from "@plano/waiting";
import type { AllowedHost } from "./isolation/allowed-hosts.ts";
import { closeJobNetwork, type JobNetwork, openJobNetwork, proxyName } from "./isolation/network.ts";
import { type JobTurn, parseJobId } from "./job-id.ts";
import type { ContainerExit, ContainerLimits, ContainerPhase, ContainerSummary, Runtime } from "./runtime.ts";
import { isRuntimeFailure, RuntimeError } from "./runtime-error.ts";

/** The label that tells which runner a container or network belongs to. */
export const runnerLabel = "ai.plan42.runner";
/** The label that tells which job a container or network belongs to. */
export const jobLabel = "ai.plan42.job";
/** The label that tells which installation of the runner, of perhaps several on the engine, it belongs to. */
const installationLabel = "ai.plan42.installation";

export interface JobContainersOptions {
  readonly runtime: Runtime;
  readonly runnerId: string;
  /** Names this installation of the runner: what belongs to another one is never touched. */
  readonly installation: string;
  /** Further labels for containers and networks. */
  readonly labels?: Readonly<Record<string, string>>;
  /** A network of each job's own, closed off from metadata services, or the engine's default network. */
  readonly network: "isolated" | "default";
  /** Further host names in containers, `name:address`. */
  readonly extraHosts: readonly string[];
  /** How much output the engine keeps of a job, in bytes. */
  readonly logBytes: number;
}

/** What a job runs. */
export interface JobProgram {
  readonly image: string;
  readonly entrypoint: string;
  readonly arguments: readonly string[];
  /** Everything on its standard input. */
  readonly input: string;
  readonly limits: ContainerLimits;
  /** Whether it may write to `/tmp` only. */
  readonly readOnlyRoot: boolean;
}

/** A job that left a container on this machine. */
export interface JobContainer extends JobTurn {
  readonly jobId: string;
  readonly image: string;
  readonly phase: ContainerPhase;
  readonly createdAt: Date;
}

export interface OpenNetworkOptions {
  /** The only hosts that the job may connect to; without it, all but metadata services. */
  readonly allowedHosts?: readonly AllowedHost[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FollowOptions {
  /** Gets the output in order, each byte once; the next piece waits for it. */
  readonly onOutput: (bytes: Uint8Array) => Promise<void>;
  /** Told when the engine stops answering, and when it answers again. */
  readonly onEngine?: (answers: boolean) => void;
  readonly signal?: AbortSignal;
}

/**
 * Jobs in containers, for any runtime. Everything on the machine that belongs to a job carries its labels,
 * so that another process can find it, go on with it, and clear it away.
 */
export interface JobContainers {
  readonly runtime: Runtime;
  /** Makes the job's network; may run while the image is pulled. A list of hosts needs an isolated one. */
  openNetwork(jobId: string, options?: OpenNetworkOptions): Promise<JobNetwork>;
  /** Creates the job's container. Rejects with `conflict` if the job has one. */
  create(jobId: string, program: JobProgram, network: JobNetwork, signal?: AbortSignal): Promise<void>;
  /** Starts it and hands the input over. */
  start(jobId: string, program: JobProgram, signal?: AbortSignal): Promise<void>;
  /** This runner's jobs, whatever their phase. */
  list(signal?: AbortSignal): Promise<readonly JobContainer[]>;
  /** Follows a job to its end, through outages of the engine. `lost`: there is no such container any more. */
  follow(jobId: string, options: FollowOptions): Promise<ContainerExit | "lost">;
  /** What the proxy of an ended job with a list of hosts has refused, in its words, each once. Ends the proxy. */
  refusals(jobId: string, signal?: AbortSignal): Promise<readonly string[]>;
  stop(jobId: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  /** Removes the job's container, network and guard. What is not there, or another installation's, is fine. */
  clear(jobId: string, signal?: AbortSignal): Promise<void>;
  /** Whether another installation has this job. */
  isElsewhere(jobId: string, signal?: AbortSignal): Promise<boolean>;
  /** Removes what this installation has left of jobs that are not in use. */
  clearOrphans(isInUse: (jobId: string) => boolean, signal?: AbortSignal): Promise<Orphans>;
}

/** What was found of jobs that are not in use: ids of jobs. */
export interface Orphans {
  readonly removed: readonly string[];
  /** This runner's, but another installation's. It may be at work, so they are left alone. */
  readonly foreign: readonly string[];
}

const engineRetryMilliseconds = 500;

export function createJobContainers(options: JobContainersOptions): JobContainers {
  const { runtime, runnerId, network: networkKind, extraHosts, logBytes } = options;
  const { installation } = options;
  const labelsOf = (jobId: string) => ({
    ...options.labels,
    [runnerLabel]: runnerId,
    [installationLabel]: installation,
    [jobLabel]: jobId,
  });
  const isForeign = ({ labels }: ContainerSummary) => labels[installationLabel] !== installation;
  const isElsewhere = async (jobId: string, signal?: AbortSignal) =>
    (await runtime.list(jobLabel, jobId, signal)).some(isForeign);

  const untilEngineAnswers = async ({ onEngine, signal }: FollowOptions) => {
    onEngine?.(false);
    for (;;) {
      await sleep(engineRetryMilliseconds, signal);
      try {
        await runtime.engine(signal);
        onEngine?.(true);
        return;
      } catch (error) {
        if (!isRuntimeFailure(error, "unavailable")) throw error;
      }
    }
  };
  const clear = async (jobId: string, signal?: AbortSignal) => {
    if (await isElsewhere(jobId, signal)) return;
    await runtime.remove(jobId, signal);
    if (networkKind === "isolated") await closeJobNetwork(runtime, jobId, signal);
  };

  return {
    runtime,

    openNetwork: async (jobId, { allowedHosts, signal } = {}) => {
      if (networkKind === "isolated") {
        return openJobNetwork(runtime, { jobId, labels: labelsOf(jobId), extraHosts, allowedHosts, signal });
      }
      if (allowedHosts !== undefined) {
        throw new RuntimeError("the engine's default network cannot be limited to a list of hosts", {
          failure: "failed",
        });
      }
      return { network: { kind: "default" }, environment: {} };
    },

    create: (jobId, program, { network, environment }, signal) =>
      runtime.create(
        {
          name: jobId,
          image: program.image,
          entrypoint: program.entrypoint,
          arguments: program.arguments,
          labels: labelsOf(jobId),
          limits: program.limits,
          readOnlyRoot: program.readOnlyRoot,
          network,
          environment,
          extraHosts,
          logBytes,
        },
        signal,
      ),

    start: (jobId, { input }, signal) => runtime.start(jobId, input, signal),

    list: async (signal) => {
      const containers = await runtime.list(runnerLabel, runnerId, signal);
      return containers.flatMap(({ name, image, phase, createdAt }) => {
        const turn = parseJobId(name);
        return turn === undefined ? [] : [{ ...turn, jobId: name, image, phase, createdAt }];
      });
    },

    follow: async (jobId, follow) => {
      const { onOutput, signal } = follow;
      let seen = 0;
      for (;;) {
        try {
          let skip = seen;
          for await (const bytes of runtime.output(jobId, signal)) {
            const known = Math.min(skip, bytes.length);
            skip -= known;
            if (known === bytes.length) continue;
            seen += bytes.length - known;
            await onOutput(bytes.subarray(known));
          }
          return await runtime.wait(jobId, signal);
        } catch (error) {
          if (isRuntimeFailure(error, "not-found")) return "lost";
          if (!isRuntimeFailure(error, "unavailable")) throw error;
          await untilEngineAnswers(follow);
        }
      }
    },

    refusals: async (jobId, signal) => {
      const proxy = proxyName(jobId);
      await runtime.kill(proxy, signal);
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of runtime.output(proxy, signal))
        text += decoder.decode(bytes, { stream: true });
      const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("ready"));
      return [...new Set(lines)];
    },

    stop: (jobId, graceSeconds, signal) => runtime.stop(jobId, graceSeconds, signal),
    clear,
    isElsewhere,

    clearOrphans: async (isInUse, signal) => {
      const containers = await runtime.list(runnerLabel, runnerId, signal);
      const networks = await runtime.listNetworks(installationLabel, installation, signal);
      const jobsOf = (found: readonly ContainerSummary[]) =>
        found.map(({ labels, name }) => labels[jobLabel] ?? name);
      const orphans = (jobIds: readonly string[]) =>
        [...new Set(jobIds)].filter((jobId) => parseJobId(jobId) !== undefined && !isInUse(jobId));
      const foreign = orphans(jobsOf(containers.filter(isForeign)));
      const own = jobsOf(containers.filter((container) => !isForeign(container)));
      const removed = orphans([...networks, ...own]).filter((jobId) => !foreign.includes(jobId));
      for (const jobId of removed) {
        await runtime.remove(jobId, signal);
        await closeJobNetwork(runtime, jobId, signal);
      }
      return { removed, foreign };
    },
  };
}
