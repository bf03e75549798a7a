import type { DockerEngine } from "@plano/docker-engine";
import type { Context } from "../context.ts";
import { dockerContainerName } from "../environment.ts";
import type { Prepared } from "../up/plan.ts";
import { type ContainerPlan, planContainer } from "./container.ts";
import { type ContainerFiles, type ContainerUser, containerFiles } from "./container-files.ts";
import { connectEngine } from "./engine.ts";
import { refuseInnerPorts } from "./envoy.ts";
import { type DockerFiles, dockerFiles } from "./places.ts";

/** A container, and all that it needs. */
export interface DockerPlan {
  readonly engine: DockerEngine;
  readonly container: ContainerPlan;
  readonly user: ContainerUser;
  readonly content: ContainerFiles;
  readonly docker: DockerFiles;
}

interface DockerNeeds extends Pick<Prepared, "config" | "variables" | "files"> {
  /** Envoy is in front. */
  readonly native: boolean;
}

/** Settles how a configuration is served in a container. Nothing of what runs is changed. */
export async function planDocker(
  { config, variables, files, native }: DockerNeeds,
  { environment }: Pick<Context, "environment">,
): Promise<DockerPlan> {
  const docker = dockerFiles(files, dockerContainerName(environment));
  if (native) refuseInnerPorts(config);
  const content = containerFiles({ config, variables, native, systemPath: environment.SSL_CERT_FILE });
  const engine = await connectEngine(environment);
  const hasSystemAuthorities = content.systemAuthorities !== undefined;
  const needs = { config, variables, environment, native, files: docker, hasSystemAuthorities };
  const { user, ...container } = await planContainer(engine, needs);
  return { engine, container, user, content, docker };
}
