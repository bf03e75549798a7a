import type Docker from "dockerode";
import type { ContainerCreateOptions } from "dockerode";
import type { EngineAddress } from "./engine-address.ts";

export type DockerEngine = Docker;
export type { ContainerCreateOptions };

/** A client of the Docker Engine API. Nothing is asked of the engine yet. */
export async function openEngine(address: EngineAddress): Promise<Docker> {
  // Loaded here, because a program that runs no Docker should not wait for it.
  const { default: Engine } = await import("dockerode");
  return new Engine({ ...address } as Docker.DockerOptions);
}
