import type { RunnerConfig } from "./runner-config.ts";

/** What a runtime cannot do, and what to do about it. */
export interface RuntimeRefusal {
  readonly message: string;
  readonly hint: string;
}

/** Why there is no such runtime on a platform (as Node names it); undefined where there is. */
export function platformRefusal(
  { runtime }: Pick<RunnerConfig, "runtime">,
  platform: string,
): RuntimeRefusal | undefined {
  if (runtime !== "apple" || platform === "darwin") return undefined;
  return {
    message: 'the runtime "apple" needs macOS',
    hint: 'Set runtime = "docker" or "podman" in the [runner] section.',
  };
}

/**
 * Why the runtime of a configuration cannot keep what it says of the network; undefined if it can. Jobs are not
 * run with less isolation than was asked for, whether it was by a key or by the lack of one.
 */
export function networkRefusal({
  runtime,
  network,
}: Pick<RunnerConfig, "runtime" | "network">): RuntimeRefusal | undefined {
  if (runtime !== "apple" || network !== "isolated") return undefined;
  return {
    message:
      'the runtime "apple" cannot keep network = "isolated" (the default): each of its containers is a machine of its own, whose network nobody can close off from inside this one',
    hint: 'Set network = "default" in the [runner] section if jobs may reach all that this machine reaches, and have no lists of hosts; or runtime = "podman" or "docker".',
  };
}
