import type { ContainerCreateOptions } from "@plano/docker-engine";
import type { ContainerNetwork, ContainerSpec } from "../runtime.ts";

const temporaryFolder = "rw,nosuid,nodev,exec,mode=1777";

/** The engine's form of a container's description. */
export function containerOptions(spec: ContainerSpec): ContainerCreateOptions {
  const { limits, network } = spec;
  return {
    name: spec.name,
    Image: spec.image,
    ...(spec.entrypoint === undefined ? {} : { Entrypoint: [spec.entrypoint] }),
    Cmd: [...spec.arguments],
    Env: Object.entries(spec.environment ?? {}).map(([name, value]) => `${name}=${value}`),
    Labels: { ...spec.labels },
    AttachStdin: true,
    AttachStdout: false,
    AttachStderr: false,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: {
      NanoCpus: Math.round(limits.cpus * 1e9),
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      PidsLimit: limits.processes,
      CapDrop: ["ALL"],
      CapAdd: [...(spec.capabilities ?? [])],
      SecurityOpt: ["no-new-privileges"],
      NetworkMode: networkMode(network),
      // Reaps orphans, and passes signals on to programs that expect not to be the first process.
      Init: true,
      // Names of hosts belong to the container that owns the network.
      ...(network.kind === "container" ? {} : { ExtraHosts: [...(spec.extraHosts ?? [])] }),
      ...(spec.readOnlyRoot ? { ReadonlyRootfs: true, Tmpfs: { "/tmp": temporaryFolder } } : {}),
      ...(spec.nameServers === undefined ? {} : { Dns: [...spec.nameServers] }),
      LogConfig: {
        Type: "json-file",
        // With one file alone, all of it would go at each rotation.
        Config: { "max-size": `${Math.ceil(spec.logBytes / 2048)}k`, "max-file": "2" },
      },
    },
  };
}

function networkMode(network: ContainerNetwork): string {
  if (network.kind === "default") return "bridge";
  return network.kind === "network" ? network.name : `container:${network.name}`;
}
