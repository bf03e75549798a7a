import type { ContainerNetwork, ContainerSpec } from "../runtime.ts";

const temporaryFolder = "/tmp:rw,nosuid,nodev,exec,mode=1777";

/** The words after `podman` that make a container. */
export function createArguments(spec: ContainerSpec, { hasInit }: { readonly hasInit: boolean }): string[] {
  const { limits, network } = spec;
  return [
    "create",
    ...["--name", spec.name],
    "--interactive",
    ...(hasInit ? ["--init"] : []),
    ...["--pull", "never"],
    ...["--cpus", String(limits.cpus)],
    ...["--memory", `${limits.memoryBytes}b`],
    ...["--memory-swap", `${limits.memoryBytes}b`],
    ...["--pids-limit", String(limits.processes)],
    ...["--cap-drop", "all"],
    ...(spec.capabilities ?? []).flatMap((name) => ["--cap-add", name]),
    ...["--security-opt", "no-new-privileges"],
    ...networkArguments(network),
    // Names of hosts belong to the container that owns the network.
    ...(network.kind === "container" ? [] : (spec.extraHosts ?? []).flatMap((host) => ["--add-host", host])),
    ...(spec.readOnlyRoot ? ["--read-only", "--read-only-tmpfs=false", "--tmpfs", temporaryFolder] : []),
    ...(spec.nameServers ?? []).flatMap((address) => ["--dns", address]),
    ...Object.entries(spec.environment ?? {}).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...["--log-driver", "k8s-file"],
    ...["--log-opt", `max-size=${spec.logBytes}`],
    ...labelArguments(spec.labels),
    ...(spec.entrypoint === undefined ? [] : ["--entrypoint", JSON.stringify([spec.entrypoint])]),
    spec.image,
    ...spec.arguments,
  ];
}

/** The words that make a bridge network. */
export function createNetworkArguments(name: string, labels: Readonly<Record<string, string>>): string[] {
  return ["network", "create", ...labelArguments(labels), name];
}

function networkArguments(network: ContainerNetwork): string[] {
  if (network.kind === "default") return [];
  return ["--network", network.kind === "network" ? network.name : `container:${network.name}`];
}

function labelArguments(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}
