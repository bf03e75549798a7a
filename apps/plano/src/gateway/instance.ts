import { rmSync } from "node:fs";
import type { NativePlan } from "../native/native-plan.ts";
import { type ConfigState, parseConfigState } from "./config-state.ts";
import type { Description } from "./description.ts";
import type { WatchedFile } from "./file-stamp.ts";
import { processCommand, processStart } from "./process-start.ts";
import { type RunFiles, readIfPresent, writePrivateFile } from "./run-files.ts";

/** What is known of a gateway that was started: the content of `plano.pid`, and what has become of it. */
export interface Instance extends Description {
  /** Null: this mode has no Envoy. */
  readonly envoy_pid: number | null;
  /** See processStart; empty without Envoy. */
  readonly envoy_start: string;
  /** Null without Envoy. */
  readonly native: NativePlan | null;
  readonly brightstaff_pid: number;
  /** See processStart; guards against a process number that was given away again. */
  readonly brightstaff_start: string;
  /** ISO 8601. */
  readonly started_at: string;
  readonly version: string;
  readonly config_path: string;
  /** Whose `.env` goes with the configuration. */
  readonly config_folder: string;
  /** The collector that spans go to, whatever the file says; absent where the file has its say. */
  readonly collector?: string | undefined;
  /** The data plane program; see WatchedFile. */
  readonly program: WatchedFile;
  /** What it was started with and cannot change. */
  readonly settings: Readonly<Record<string, string>>;
  /** The socket that takes configurations while it runs; null if there is none. */
  readonly control: string | null;
}

/**
 * `none`: nothing was started, or it was stopped in order.
 * `stale`: it was started and is gone. `unreadable`: the file says nothing that can be trusted.
 */
export type InstanceState =
  | { readonly kind: "running"; readonly instance: Instance }
  | { readonly kind: "stale"; readonly instance: Instance }
  | { readonly kind: "unreadable" }
  | { readonly kind: "none" };

export function readInstance(files: RunFiles): InstanceState {
  const text = readIfPresent(files.pidFile);
  if (text === undefined) return { kind: "none" };
  const started = parseInstance(text);
  if (started === undefined) return { kind: "unreadable" };
  const instance = { ...started, ...readConfigState(files, started)?.description };
  return { kind: isRunning(instance) ? "running" : "stale", instance };
}

export function isRunning(instance: Instance): boolean {
  return processStart(instance.brightstaff_pid) === instance.brightstaff_start;
}

/** What the data plane of an instance tells of its configuration; undefined if it tells nothing. */
export function readConfigState(files: RunFiles, instance: Instance): ConfigState | undefined {
  const state = parseConfigState(readIfPresent(files.configState) ?? "");
  return state?.pid === instance.brightstaff_pid ? state : undefined;
}

export function writeInstance(files: RunFiles, instance: Instance): void {
  writePrivateFile(files.pidFile, `${JSON.stringify(instance, null, 2)}\n`);
}

/** The instance with the Envoy that its brightstaff has started last; the same without one. */
export function withEnvoyProcess(instance: Instance, files: RunFiles): Instance {
  if (instance.native === null) return instance;
  const pid = Number(readIfPresent(files.envoyPid)?.trim());
  const isEnvoy = Number.isSafeInteger(pid) && pid > 1 && isEnvoyOf(files, pid);
  const start = isEnvoy ? processStart(pid) : undefined;
  return start === undefined ? instance : { ...instance, envoy_pid: pid, envoy_start: start };
}

/** Whether a process is an Envoy of these files, and not whoever has its number now. */
function isEnvoyOf(files: RunFiles, pid: number): boolean {
  return processCommand(pid)?.includes(files.envoyBootstrap) ?? false;
}

/** Removes the record; with `only`, not if another instance has taken its place meanwhile. */
export function removeInstance(files: RunFiles, only?: Instance): void {
  if (only !== undefined) {
    const state = readInstance(files);
    if ("instance" in state && state.instance.brightstaff_start !== only.brightstaff_start) return;
  }
  rmSync(files.pidFile, { force: true });
}

function parseInstance(text: string): Instance | undefined {
  try {
    const value: Partial<Instance> | null = JSON.parse(text);
    const isComplete =
      value !== null &&
      Number.isSafeInteger(value.brightstaff_pid) &&
      (value.brightstaff_pid ?? 0) > 1 &&
      typeof value.brightstaff_start === "string" &&
      typeof value.started_at === "string" &&
      typeof value.drain_timeout_ms === "number" &&
      typeof value.metrics?.port === "number" &&
      Array.isArray(value.listeners) &&
      Array.isArray(value.model_providers);
    // A record of an older version has no socket, and does not say where the parts are.
    return isComplete ? ({ control: null, native: null, ...value } as Instance) : undefined;
  } catch {
    return undefined;
  }
}
