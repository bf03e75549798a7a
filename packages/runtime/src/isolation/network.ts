import { withDeadline } from "@plano/waiting";
import type { ContainerNetwork, Runtime } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";
import type { AllowedHost } from "./allowed-hosts.ts";
import { ensureGuardImage, guardPath } from "./guard-image.ts";

export interface JobNetworkOptions {
  readonly jobId: string;
  /** Put on the network and on the guard's containers. */
  readonly labels: Readonly<Record<string, string>>;
  /** Further host names, `name:address`. */
  readonly extraHosts: readonly string[];
  /** The only hosts that the job may connect to; without it, all but metadata services. */
  readonly allowedHosts?: readonly AllowedHost[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a job's container joins. */
export interface JobNetwork {
  readonly network: ContainerNetwork;
  /** Variables that tell the job's programs of their proxy; empty without a list of hosts. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The guard needs next to nothing; the engine's own first steps in the container need this. */
const guardLimits = { cpus: 1, memoryBytes: 64 * 1024 * 1024, processes: 16 };
/** Each connection of the job takes two processes. */
const proxyLimits = { cpus: 2, memoryBytes: 128 * 1024 * 1024, processes: 1024 };
const guardLogBytes = 64 * 1024;
const proxyPort = 3128;
const readyMilliseconds = 20_000;
/** What the guard ends with where the kernel has no firewall of this kind: EPROTONOSUPPORT, EOPNOTSUPP, ENOENT. */
const withoutFirewall: readonly (number | undefined)[] = [93, 95, 2];

/** Name of the container that owns a job's network. */
export function guardName(jobId: string): string {
  return `${jobId}-network`;
}

/** Name of the container through which a job with a list of hosts reaches them. */
export function proxyName(jobId: string): string {
  return `${jobId}-proxy`;
}

/**
 * Opens a network of the job's own in which the metadata services of clouds cannot be reached, and resolves
 * to what the job's container joins. Nothing on the host is changed, and no rights on it are needed: a
 * container that runs nothing but the guard owns the network namespace and closes the routes in it, before
 * the job's container, which has no right to open them again, joins.
 *
 * With a list of hosts there is a second container on the network, a proxy that reaches these and no others;
 * the guard's firewall drops all that the job sends elsewhere, names to look up included.
 */
export async function openJobNetwork(runtime: Runtime, options: JobNetworkOptions): Promise<JobNetwork> {
  const { jobId, labels, allowedHosts, signal } = options;
  const image = await ensureGuardImage(runtime, signal);
  await runtime.createNetwork(jobId, labels, signal);
  const proxy =
    allowedHosts === undefined ? undefined : await startProxy(runtime, image, allowedHosts, options);
  await startGuard(runtime, image, proxy, options);
  return {
    network: { kind: "container", name: guardName(jobId) },
    environment: proxy === undefined ? {} : proxyEnvironment(`http://${proxy}:${proxyPort}`),
  };
}

/** Removes a job's network and its guard; what is not there is fine. */
export async function closeJobNetwork(runtime: Runtime, jobId: string, signal?: AbortSignal): Promise<void> {
  await Promise.all([runtime.remove(guardName(jobId), signal), runtime.remove(proxyName(jobId), signal)]);
  await runtime.removeNetwork(jobId, signal);
}

async function startGuard(
  runtime: Runtime,
  image: string,
  proxy: string | undefined,
  { jobId, labels, extraHosts, signal }: JobNetworkOptions,
): Promise<void> {
  const name = guardName(jobId);
  await runtime.create(
    {
      name,
      image,
      entrypoint: guardPath,
      arguments: proxy === undefined ? [] : ["fence", proxy, String(proxyPort)],
      labels,
      limits: guardLimits,
      network: { kind: "network", name: jobId },
      extraHosts,
      capabilities: ["NET_ADMIN"],
      // The proxy looks names up. The engine's resolver, which may ask from outside of the network, must not.
      ...(proxy === undefined ? {} : { nameServers: ["127.0.0.1"] }),
      logBytes: guardLogBytes,
    },
    signal,
  );
  await runtime.start(name, "", signal);
  await readReady(runtime, name, signal);
}

/** Resolves to the proxy's address on the job's network. */
async function startProxy(
  runtime: Runtime,
  image: string,
  allowedHosts: readonly AllowedHost[],
  { jobId, labels, extraHosts, signal }: JobNetworkOptions,
): Promise<string> {
  const name = proxyName(jobId);
  await runtime.create(
    {
      name,
      image,
      entrypoint: guardPath,
      arguments: ["proxy", String(proxyPort), ...allowedHosts.map(({ host, port }) => `${host}:${port}`)],
      labels,
      limits: proxyLimits,
      network: { kind: "network", name: jobId },
      extraHosts,
      capabilities: ["NET_ADMIN"],
      logBytes: guardLogBytes,
    },
    signal,
  );
  await runtime.start(name, "", signal);
  return readReady(runtime, name, signal);
}

/** Waits for a guard's first line, and resolves to what it says after `ready`. */
async function readReady(runtime: Runtime, name: string, signal: AbortSignal | undefined): Promise<string> {
  const ready = await withDeadline(
    readyMilliseconds,
    async (limit) => {
      let said = "";
      for await (const bytes of runtime.output(name, limit)) {
        said += new TextDecoder().decode(bytes);
        const [, words] = /^ready ?(.*)\n/.exec(said) ?? [];
        if (words !== undefined) return words;
      }
      return undefined;
    },
    signal,
  );
  if (ready !== undefined) return ready;
  const { exitCode } = await runtime.wait(name, signal);
  throw new RuntimeError(`the job's network could not be closed off (the guard ended with ${exitCode})`, {
    failure: "failed",
    ...(withoutFirewall.includes(exitCode)
      ? { hint: "A list of allowed hosts needs a kernel with nf_tables." }
      : {}),
  });
}

/** The variables that programs look at, in both spellings; Node's own fetch wants to be told to. */
function proxyEnvironment(url: string): Readonly<Record<string, string>> {
  const own = "localhost,127.0.0.1,::1";
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    ALL_PROXY: url,
    NO_PROXY: own,
    http_proxy: url,
    https_proxy: url,
    all_proxy: url,
    no_proxy: own,
    NODE_USE_ENV_PROXY: "1",
  };
}
