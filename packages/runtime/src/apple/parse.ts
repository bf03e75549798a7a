import type { ProgramResult } from "../run-program.ts";
import type { ContainerStats, ImageFacts } from "../runtime.ts";
import { pullFailure, RuntimeError, type RuntimeFailure } from "../runtime-error.ts";
import { platform } from "./arguments.ts";

// The shapes are those of `container` 1.0, which differ from those before: ManagedContainer, NetworkResource,
// ImageResource and ContainerStats in Sources/ContainerResource of github.com/apple/container.

/** A container as the services tell of it. One that was never started is `stopped` as one that has ended is. */
export interface AppleContainer {
  readonly name: string;
  readonly image: string;
  readonly state: "unknown" | "stopped" | "bootstrapped" | "running" | "stopping";
  readonly labels: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

interface Resource<Configuration> {
  readonly id: string;
  readonly configuration?: Configuration & { readonly labels?: Readonly<Record<string, string>> };
}

interface ContainerResource
  extends Resource<{ readonly image?: { readonly reference?: string }; readonly creationDate?: string }> {
  readonly status?: { readonly state?: AppleContainer["state"]; readonly startedDate?: string };
}

/** What `container list --format json` prints. */
export function parseContainers(text: string): AppleContainer[] {
  return parseArray<ContainerResource>(text).map(({ id, configuration, status }) => ({
    name: id,
    image: configuration?.image?.reference ?? "",
    state: status?.state ?? "unknown",
    labels: configuration?.labels ?? {},
    createdAt: new Date(configuration?.creationDate ?? status?.startedDate ?? 0),
  }));
}

/** The names of the networks that carry a label, from what `container network list --format json` prints. */
export function parseNetworks(text: string, label: string, value: string): string[] {
  return parseArray<Resource<unknown>>(text)
    .filter(({ configuration }) => configuration?.labels?.[label] === value)
    .map(({ id }) => id);
}

interface ImageResource {
  readonly index?: { readonly digest?: string };
  readonly configuration?: { readonly descriptor?: { readonly digest?: string } };
  readonly variants?: readonly {
    readonly platform?: { readonly os?: string; readonly architecture?: string };
    readonly size?: number;
    /** The image's own configuration, in the words of OCI. */
    readonly config?: { readonly config?: { readonly Labels?: Readonly<Record<string, string>> | null } };
  }[];
}

/** What `container image inspect` prints of one image; undefined when it is not there for our platform. */
export function parseImage(text: string): ImageFacts | undefined {
  const [image] = parseArray<ImageResource>(text);
  const variant = image?.variants?.find(
    ({ platform: made }) => made?.os === platform.os && made.architecture === platform.architecture,
  );
  if (variant === undefined) return undefined;
  return {
    id: image?.index?.digest ?? image?.configuration?.descriptor?.digest ?? "",
    labels: variant.config?.config?.Labels ?? {},
    bytes: variant.size ?? 0,
  };
}

interface StatsResource {
  readonly cpuUsageUsec?: number;
  readonly memoryUsageBytes?: number;
}

/** What `container stats --no-stream --format json` prints: nothing of a container that does not run. */
export function parseStats(text: string): ContainerStats | undefined {
  const [stats] = parseArray<StatsResource>(text);
  if (stats?.memoryUsageBytes === undefined) return undefined;
  return { processorSeconds: (stats.cpuUsageUsec ?? 0) / 1e6, memoryBytes: stats.memoryUsageBytes };
}

/** The version in what `container --version` prints, such as `1.0.0`. */
export function parseVersion(text: string): string {
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? "";
}

/** What the program said when it failed: its code and words, without their frame. */
export function programFailure(result: ProgramResult): RuntimeError {
  // `Error: notFound: "container with ID x not found"`; commands for several containers leave the code out.
  const [, code = "", words = ""] =
    /^Error(?: from APIServer)?: (?:(\w+): )?([\s\S]*?)(?:\nUsage: [\s\S]*)?$/.exec(result.stderr.trim()) ??
    [];
  const said = words || result.stderr.trim() || `container ended with ${result.exitCode ?? "a signal"}`;
  const message = said.replace(/^"([^"]*)"/, "$1").trim();
  const failure = failureOf(code, said);
  return new RuntimeError(message, {
    failure,
    ...(failure === "unavailable" ? { hint: "Start its services: container system start" } : {}),
  });
}

/** The same for a pull. */
export function pullProgramFailure(result: ProgramResult): RuntimeError {
  const error = programFailure(result);
  return error.failure === "failed"
    ? new RuntimeError(error.message, { failure: pullFailure(result.stderr) })
    : error;
}

/** The exit code of a program that does not know a word; before macOS 26 those for networks are unknown. */
const usageExitCode = 64;

/** Whether the program does not know what it was asked. */
export function isUnknownCommand({ exitCode }: ProgramResult): boolean {
  return exitCode === usageExitCode;
}

/**
 * Whether the program that a container was started by ended because it lost the services: then its exit code is
 * not the container's.
 */
export function hasLostServices(output: string): boolean {
  return /(?:^|\n)Error: interrupted: "[^\n]*(?:\n[^\n]*`container system start`[^\n]*)?\n?$/.test(
    output.slice(-512),
  );
}

/** Whether `container image inspect` failed because there is no such image. */
export function isImageMissing({ stderr }: ProgramResult): boolean {
  return /not ?found/i.test(stderr);
}

function failureOf(code: string, words: string): RuntimeFailure {
  if (/XPC|system service has been started|response from apiserver/i.test(words)) return "unavailable";
  if (code === "exists" || /already exists?\b/i.test(words)) return "conflict";
  if (code === "notFound" || /no such container|^"?(?:container|network|image)\b.* not found/i.test(words)) {
    return "not-found";
  }
  return "failed";
}

function parseArray<Item>(text: string): readonly Item[] {
  return JSON.parse(text.trim() || "[]");
}
