import type { ContainerNetwork, Runtime } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";
import { ensureGuardImage, guardPath } from "./guard-image.ts";

export interface JobNetworkOptions {
  readonly jobId: string;
  /** Put on the network and on the guard's container. */
  readonly labels: Readonly<Record<string, string>>;
  /** Further host names, `name:address`. */
  readonly extraHosts: readonly string[];
  readonly signal?: AbortSignal;
}

/** The guard needs next to nothing; the engine's own first steps in the container need this. */
const guardLimits = { cpus: 1, memoryBytes: 64 * 1024 * 1024, processes: 16 };
const readyMilliseconds = 20_000;

/** Name of the container that owns a job's network. */
export function guardName(jobId: string): string {
  return `${jobId}-network`;
}

/**
 * Opens a network of the job's own in which the metadata services of clouds cannot be reached, and resolves
 * to what the job's container joins. Nothing on the host is changed, and no rights on it are needed: a
 * container that runs nothing but the guard owns the network namespace and closes the routes in it, before
 * the job's container, which has no right to open them again, joins.
 */
export async function openJobNetwork(
  runtime: Runtime,
  options: JobNetworkOptions,
): Promise<ContainerNetwork> {
  const { jobId, labels, extraHosts, signal } = options;
  const name = guardName(jobId);
  const image = await ensureGuardImage(runtime, signal);
  await runtime.createNetwork(jobId, labels, signal);
  await runtime.create(
    {
      name,
      image,
      entrypoint: guardPath,
      arguments: [],
      labels,
      limits: guardLimits,
      network: { kind: "network", name: jobId },
      extraHosts,
      capabilities: ["NET_ADMIN"],
      logBytes: 8192,
    },
    signal,
  );
  await runtime.start(name, "", signal);
  await untilReady(runtime, name, signal);
  return { kind: "container", name };
}

/** Removes a job's network and its guard; what is not there is fine. */
export async function closeJobNetwork(runtime: Runtime, jobId: string, signal?: AbortSignal): Promise<void> {
  await runtime.remove(guardName(jobId), signal);
  await runtime.removeNetwork(jobId, signal);
}

async function untilReady(runtime: Runtime, name: string, signal: AbortSignal | undefined): Promise<void> {
  const limit = AbortSignal.timeout(readyMilliseconds);
  let said = "";
  for await (const bytes of runtime.output(name, signal ? AbortSignal.any([signal, limit]) : limit)) {
    said += new TextDecoder().decode(bytes);
    if (said.startsWith("ready\n")) return;
  }
  const { exitCode } = await runtime.wait(name, signal);
  throw new RuntimeError(`the job's network could not be closed off (the guard ended with ${exitCode})`, {
    failure: "failed",
  });
}
