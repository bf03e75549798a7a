import { createHash } from "node:crypto";
import type { GatewayConfig } from "@plano/config/gateway";
import type { ContainerCreateOptions, DockerEngine } from "@plano/docker-engine";
import { AppError } from "@plano/errors";
import type { Environment } from "../context.ts";
import { dataPlaneLogFilter, dockerContainerName, dockerImageName } from "../environment.ts";
import { version } from "../version.ts";
import type { ContainerUser } from "./container-files.ts";
import { asking, askingIfThere, askingOnce } from "./engine.ts";
import { configFolder, type DockerFiles, stateFolder, systemAuthorities } from "./places.ts";

const label = "ai.plano.gateway";
const settingsLabel = "ai.plano.settings";
/** Of an image with Envoy. */
export const envoyLabel = "ai.plano.envoy";
/** How much longer than the drain limit a container may take to end before it is killed. */
const graceSeconds = 5;

/** A container of ours as the engine sees it. */
export interface FoundContainer {
  readonly id: string;
  readonly name: string;
  readonly isRunning: boolean;
  /** It runs, and the engine holds its program still. */
  readonly isPaused: boolean;
  /** It has ended by itself, and the engine starts it again. */
  readonly hasFallen: boolean;
  /** On the machine of the engine. */
  readonly pid: number;
  readonly exitCode: number;
  readonly settings: string;
  /** Those of this machine that it holds. */
  readonly ports: ReadonlySet<number>;
  /** Values of the variables that its configuration referred to when it was made. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What a container is made of; it has to be made anew when any of it changes. */
export interface ContainerPlan {
  readonly name: string;
  readonly image: string;
  readonly options: ContainerCreateOptions;
  readonly settings: string;
}

export interface ContainerNeeds {
  readonly config: GatewayConfig;
  /** Values of the variables that the configuration refers to. */
  readonly variables: Readonly<Record<string, string>>;
  readonly environment: Environment;
  /** Envoy is in front. */
  readonly native: boolean;
  readonly files: DockerFiles;
  readonly hasSystemAuthorities: boolean;
}

/** Settles what the container is made of. Throws an AppError if there is no image. */
export async function planContainer(
  engine: DockerEngine,
  { config, variables, environment, native, files, hasSystemAuthorities }: ContainerNeeds,
): Promise<ContainerPlan & { readonly user: ContainerUser }> {
  const name = dockerContainerName(environment);
  const imageName = dockerImageName(environment, native);
  const image = await findImage(engine, imageName, native);
  const user = await containerUser(engine);
  const places = [...config.listeners, config.metrics];
  const options: ContainerCreateOptions = {
    name,
    Image: image.Id,
    User: `${user.inside.uid}:${user.inside.gid}`,
    Env: [
      `RUST_LOG=${dataPlaneLogFilter(environment)}`,
      ...(hasSystemAuthorities ? [`SSL_CERT_FILE=${systemAuthorities}`] : []),
      ...Object.entries(variables).map(([key, value]) => `${key}=${value}`),
    ],
    ExposedPorts: Object.fromEntries(places.map(({ port }) => [`${port}/tcp`, {}])),
    StopTimeout: Math.ceil(config.overrides.drainTimeout / 1000) + graceSeconds,
    HostConfig: {
      Binds: [`${files.config}:${configFolder}:ro`, `${files.state}:${stateFolder}`],
      PortBindings: Object.fromEntries(
        places.map(({ address, port }) => [`${port}/tcp`, [{ HostIp: address, HostPort: String(port) }]]),
      ),
      ExtraHosts: ["host.docker.internal:host-gateway"],
      RestartPolicy: { Name: "unless-stopped" },
      ReadonlyRootfs: true,
      CapDrop: ["ALL"],
      SecurityOpt: ["no-new-privileges"],
      // Bounded, whatever the engine's own limits are.
      LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
    },
  };
  const settings = createHash("sha256")
    .update(JSON.stringify([version, options]))
    .digest("hex");
  options.Labels = { [label]: "true", [settingsLabel]: settings };
  return { name, image: imageName, options, settings, user: user.outside };
}

async function findImage(engine: DockerEngine, name: string, native: boolean) {
  const image = await askingIfThere(engine.getImage(name).inspect());
  const hasEnvoy = image?.Config.Labels?.[envoyLabel] !== undefined;
  if (image !== undefined && hasEnvoy === native) return image;
  const problem =
    image === undefined
      ? `there is no image ${name}`
      : `the image ${name} ${hasEnvoy ? "runs Envoy, which only --native is for" : "has no Envoy in it"}`;
  const command = native ? "planoai build --docker --native" : "planoai build";
  throw new AppError(problem, {
    code: "no-image",
    hint: `Make one in a checkout with: ${command}\nor name another one with PLANO_DOCKER_IMAGE.`,
  });
}

/**
 * The user that starts it, whose files it reads; nobody in particular if that is root. For an engine without root,
 * the container's root is that user.
 */
async function containerUser(engine: DockerEngine) {
  const { SecurityOptions: security } = (await asking(engine.info())) as { SecurityOptions?: string[] };
  const uid = process.getuid?.() ?? 0;
  const own = uid === 0 ? { uid: 65532, gid: 65532 } : { uid, gid: process.getgid?.() ?? uid };
  const isRootless = security?.some((option) => option.startsWith("name=rootless")) ?? false;
  return { outside: own, inside: isRootless ? { uid: 0, gid: 0 } : own };
}

/** Our container of this name, if there is one. Throws an AppError if it is somebody else's. */
export async function findContainer(engine: DockerEngine, name: string): Promise<FoundContainer | undefined> {
  const found = await askingIfThere(engine.getContainer(name).inspect());
  if (found === undefined) return undefined;
  const { [label]: isOurs, [settingsLabel]: settings = "" } = found.Config.Labels ?? {};
  if (isOurs !== "true") {
    throw new AppError(`the container ${name} was not made by planoai`, {
      code: "foreign-container",
      hint: "Remove it, or name another one with PLANO_DOCKER_CONTAINER.",
    });
  }
  const { Running: isRunning, Paused: isPaused, Pid: pid, ExitCode: exitCode } = found.State;
  const hasFallen = found.RestartCount > 0 || found.State.Restarting;
  const variables = referredVariables(found.Config.Env);
  const ports = new Set(isRunning ? publishedPorts(found.HostConfig.PortBindings) : []);
  return { id: found.Id, name, isRunning, isPaused, hasFallen, pid, exitCode, settings, ports, variables };
}

/** Set whatever the configuration is: by this program, and by the image. */
const ownVariables: ReadonlySet<string> = new Set(["PATH", "RUST_LOG", "SSL_CERT_FILE"]);

function referredVariables(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map((line): [string, string] => {
    const end = line.indexOf("=");
    return [line.slice(0, end), line.slice(end + 1)];
  });
  return Object.fromEntries(pairs.filter(([name]) => !ownVariables.has(name)));
}

function publishedPorts(bindings: unknown): number[] {
  const places = Object.values((bindings ?? {}) as Record<string, readonly { HostPort?: string }[] | null>);
  return places.flatMap((published) => (published ?? []).map(({ HostPort }) => Number(HostPort)));
}

/** Makes a container and starts it. One that does not start is removed. */
export async function startContainer(
  engine: DockerEngine,
  { options, name }: Pick<ContainerPlan, "options" | "name">,
): Promise<string> {
  const container = await asking(engine.createContainer({ ...options, name }));
  try {
    await asking(container.start());
    return container.id;
  } catch (error) {
    await askingOnce(container.remove({ force: true }));
    throw error;
  }
}

/** Lets a container finish its streams, up to its limit. */
export async function stopContainer(engine: DockerEngine, id: string): Promise<void> {
  await askingOnce(engine.getContainer(id).stop());
}

export async function removeContainer(engine: DockerEngine, id: string): Promise<void> {
  await askingOnce(engine.getContainer(id).remove({ force: true }));
}

/** Lets a container finish its streams, up to its limit, and removes it. */
export async function endContainer(engine: DockerEngine, id: string): Promise<void> {
  await stopContainer(engine, id);
  await removeContainer(engine, id);
}
