import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { engineAddress } from "@plano/docker-engine";
import { probeImage } from "@plano/plan42-testkit";
import { createDockerRuntime } from "../docker/docker-runtime.ts";
import { createFakeRuntime, type FakeProgram } from "../fake/fake-runtime.ts";
import { createPodmanRuntime } from "../podman/podman-runtime.ts";
import type { ContainerSpec, Runtime } from "../runtime.ts";
import { type ApplePlace, createApplePlace } from "./apple-place.ts";

/** A runtime that the contract is tested with. */
export interface RuntimeUnderTest {
  readonly name: string;
  /** Undefined where the engine is not installed. */
  readonly make: (() => Promise<Runtime>) | undefined;
  /** Whether there is an engine, which knows its containers without us. */
  readonly hasEngine: boolean;
  /** Whether a kernel stands behind it: limits and networks are real. */
  readonly isReal: boolean;
  /** Whether the engine has an init for containers. */
  readonly hasInit: boolean;
  /** Whether it tells of a kill for want of memory; Podman does not with cgroup v1. */
  readonly tellsMemory: boolean;
}

const {
  PLAN42_TEST_DOCKER: docker,
  PLAN42_TEST_PODMAN: podman,
  // In the folder that the set-up clears away.
  CONTAINERS_CONF: podmanSettings = "",
} = process.env;

let applePlace: ApplePlace | undefined;

/** Clears away what the runtimes of a file of tests have shared. */
export function clearRuntimes(): void {
  applePlace?.clear();
  applePlace = undefined;
}

export const runtimes: readonly RuntimeUnderTest[] = [
  {
    name: "fake",
    make: async () => createFakeRuntime({ images: { [probeImage]: fakeShell } }),
    hasEngine: false,
    isReal: false,
    hasInit: true,
    tellsMemory: true,
  },
  {
    name: "docker",
    make: docker ? () => createDockerRuntime({ address: engineAddress({ DOCKER_HOST: docker }) }) : undefined,
    hasEngine: true,
    isReal: true,
    hasInit: true,
    tellsMemory: true,
  },
  {
    name: "podman",
    make: podman
      ? async () => createPodmanRuntime({ program: podman, folder: dirname(podmanSettings) })
      : undefined,
    hasEngine: true,
    isReal: true,
    hasInit: ["/usr/libexec/podman/catatonit", "/usr/bin/catatonit"].some((path) => existsSync(path)),
    tellsMemory: !existsSync("/sys/fs/cgroup/memory"),
  },
  {
    name: "apple",
    make: async () => {
      applePlace ??= createApplePlace();
      return applePlace.runtime();
    },
    hasEngine: true,
    isReal: false,
    hasInit: true,
    tellsMemory: false,
  },
];

/** A container that runs a line of shell; the fake knows those of the contract. */
export function shell(name: string, script: string, more: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    name,
    image: probeImage,
    entrypoint: "/bin/sh",
    arguments: ["-c", script],
    labels: { "ai.plan42.test": name },
    // Apple's container takes no less.
    limits: { cpus: 0.5, memoryBytes: 200 * 1024 * 1024, processes: 32 },
    network: { kind: "default" },
    logBytes: 64 * 1024 * 1024,
    ...more,
  };
}

/** The scripts of the contract, for both shells. */
export const scripts = {
  echo: "cat; echo ' and an error' >&2; exit 3",
  sleep: "echo sleeping; trap 'echo stopping; exit 7' TERM; while true; do sleep 0.1; done",
  stubborn: "echo sleeping; trap '' TERM; while true; do sleep 0.1; done",
  plain: "echo sleeping; exec sleep 60",
} as const;

const fakeShell: FakeProgram = async ({ spec, input, write, signal }) => {
  const aborted = new Promise<void>((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true }),
  );
  switch (spec.arguments[1]) {
    case scripts.echo:
      write(input);
      write(" and an error\n");
      return 3;
    case scripts.sleep:
      write("sleeping\n");
      await aborted;
      write("stopping\n");
      return 7;
    case scripts.plain:
      write("sleeping\n");
      await aborted;
      return 143;
    case scripts.stubborn:
      write("sleeping\n");
      return new Promise(() => {});
    default:
      return 0;
  }
};
