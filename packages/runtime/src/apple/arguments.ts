import type { ContainerNetwork, ContainerSpec } from "../runtime.ts";
import { RuntimeError } from "../runtime-error.ts";

// The words are those of `container` 1.0: docs/command-reference.md and docs/runtime-configuration.md of
// github.com/apple/container, and Sources/Services/ContainerAPIService/Client/{Flags,Parser}.swift.

/** What containers run on: the program is for Apple's own processors only. */
export const platform = { os: "linux", architecture: "arm64" } as const;

const mebibyte = 2 ** 20;

/**
 * The words after `container` that make a container. Its variables are in a file, since words are seen by all
 * users of the machine. The program has no words for a limit of processes, for new privileges, for further
 * host names and for the size of a log.
 */
export function createArguments(spec: ContainerSpec, environmentFile?: string): string[] {
  const { limits } = spec;
  return [
    "create",
    ...["--name", spec.name],
    "--interactive",
    "--init",
    ...platformArguments,
    // Processors are whole ones, and memory is counted in MiB.
    ...["--cpus", String(Math.max(1, Math.ceil(limits.cpus)))],
    ...["--memory", `${Math.floor(limits.memoryBytes / mebibyte)}M`],
    ...["--cap-drop", "ALL"],
    ...(spec.capabilities ?? []).flatMap((name) => ["--cap-add", name]),
    ...networkArguments(spec.network),
    ...(spec.readOnlyRoot ? ["--read-only", "--tmpfs", "/tmp"] : []),
    ...(spec.nameServers ?? []).flatMap((address) => ["--dns", address]),
    ...(environmentFile === undefined ? [] : ["--env-file", environmentFile]),
    ...labelArguments(spec.labels),
    ...(spec.entrypoint === undefined ? [] : ["--entrypoint", spec.entrypoint]),
    spec.image,
    ...spec.arguments,
  ];
}

/** A container's variables in the form of such a file; undefined if it has none. */
export function environmentLines({ environment = {} }: ContainerSpec): string | undefined {
  const entries = Object.entries(environment);
  const broken = entries.find(([, value]) => /[\r\n]/.test(value));
  if (broken !== undefined) {
    throw new RuntimeError(
      `Apple's container takes no variable of more than one line, such as ${broken[0]}`,
      {
        failure: "failed",
      },
    );
  }
  return entries.length === 0 ? undefined : entries.map(([name, value]) => `${name}=${value}\n`).join("");
}

/** The words that start a container and stay with it: their end is its end, and so is their exit code. */
export function startArguments(name: string): string[] {
  return ["start", "--attach", "--interactive", name];
}

/** The words that fetch an image: without a platform it would be all that the image is made for. */
export function pullArguments(reference: string): string[] {
  return ["image", "pull", ...platformArguments, reference];
}

/** The words that make a network; macOS has them from version 26 on. */
export function createNetworkArguments(name: string, labels: Readonly<Record<string, string>>): string[] {
  return ["network", "create", ...labelArguments(labels), name];
}

/** The words that start the services. Without the flag they ask on the terminal for a kernel that is missing. */
export const startServicesArguments: readonly string[] = ["system", "start", "--enable-kernel-install"];

const platformArguments: readonly string[] = ["--platform", `${platform.os}/${platform.architecture}`];

function networkArguments(network: ContainerNetwork): string[] {
  switch (network.kind) {
    case "default":
      return [];
    case "network":
      return ["--network", network.name];
    case "container":
      throw new RuntimeError(
        "a container of Apple's container is a machine of its own and cannot join another one's network",
        { failure: "failed", hint: 'Set network = "default" in the [runner] section.' },
      );
  }
}

function labelArguments(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}
