import type { ProgramResult } from "../run-program.ts";
import type {
  ContainerExit,
  ContainerPhase,
  ContainerStats,
  ContainerSummary,
  EngineFacts,
  ImageFacts,
} from "../runtime.ts";
import { pullFailure, RuntimeError, type RuntimeFailure } from "../runtime-error.ts";

interface PodmanContainer {
  readonly Names?: readonly string[] | null;
  readonly Image?: string;
  readonly State?: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  /** Seconds since 1970. */
  readonly Created?: number;
}

/** What `podman ps --format json` prints. */
export function parseContainers(text: string): ContainerSummary[] {
  return (JSON.parse(text || "[]") as readonly PodmanContainer[]).map((container) => ({
    name: container.Names?.[0] ?? "",
    image: container.Image ?? "",
    phase: containerPhase(container.State ?? ""),
    labels: container.Labels ?? {},
    createdAt: new Date((container.Created ?? 0) * 1000),
  }));
}

/** What `podman inspect --format "{{json .State}}"` prints of a container. */
export function parseExit(text: string): ContainerExit {
  const state = JSON.parse(text) as { ExitCode?: number; OOMKilled?: boolean };
  return { exitCode: state.ExitCode, outOfMemory: state.OOMKilled ?? false };
}

/** What `podman image inspect` prints. */
export function parseImage(text: string): ImageFacts {
  const [image] = JSON.parse(text) as readonly {
    Id: string;
    Labels?: Record<string, string> | null;
    Size?: number;
  }[];
  return { id: image?.Id ?? "", labels: image?.Labels ?? {}, bytes: image?.Size ?? 0 };
}

/** What `podman version --format json` prints; a remote engine has a part of its own. */
export function parseVersion(text: string): EngineFacts {
  const { Client, Server } = JSON.parse(text) as Record<
    string,
    { Version?: string; OsArch?: string } | undefined
  >;
  const facts = Server ?? Client;
  return { version: facts?.Version ?? "", architecture: facts?.OsArch?.split("/")[1] ?? "" };
}

/** Podman's own words for a use are rounded, and these are not. */
export const statsFormat = "{{.CPUNano}} {{.ContainerStats.MemUsage}}";

/** What `podman stats` prints in {@link statsFormat}; undefined when the container does not run. */
export function parseStats(text: string): ContainerStats | undefined {
  const [, nanoseconds, bytes] = /^(\d+) (\d+)$/m.exec(text) ?? [];
  // Of a container that has not been started Podman says nothing but noughts.
  if (nanoseconds === undefined || bytes === undefined || Number(bytes) === 0) return undefined;
  return { processorSeconds: Number(nanoseconds) / 1e9, memoryBytes: Number(bytes) };
}

/** Lines that say something. */
export function parseNames(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** Podman's exit code 125 says nothing of the reason; its words do. */
export function programFailure(result: ProgramResult): RuntimeError {
  const words = result.stderr.trim().replace(/^Error: /m, "");
  const message = words.split("\n").at(-1) || `podman ended with ${result.exitCode ?? "a signal"}`;
  return new RuntimeError(message, { failure: failureOf(words) });
}

/** The same for a pull. */
export function pullProgramFailure(result: ProgramResult): RuntimeError {
  const error = programFailure(result);
  return error.failure === "failed"
    ? new RuntimeError(error.message, { failure: pullFailure(result.stderr) })
    : error;
}

/** Whether a container could not be created because Podman finds no init to put into it. */
export function isWithoutInit(error: unknown): boolean {
  return error instanceof RuntimeError && /container-init binary not found/.test(error.message);
}

function failureOf(words: string): RuntimeFailure {
  if (/already in use|already exists|name .* is in use/i.test(words)) return "conflict";
  if (
    /no such (?:container|network|image|object)|unable to find network|network not found|image not known|no container with (?:name|ID)/i.test(
      words,
    )
  ) {
    return "not-found";
  }
  if (/cannot connect to podman|connect: connection refused.*podman/i.test(words)) return "unavailable";
  return "failed";
}

function containerPhase(state: string): ContainerPhase {
  const word = state.toLowerCase();
  if (["created", "configured", "initialized"].includes(word)) return "created";
  return ["exited", "stopped", "removing"].includes(word) ? "exited" : "running";
}
