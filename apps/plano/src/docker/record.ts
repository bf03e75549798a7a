import { rmSync } from "node:fs";
import type { Environment } from "../context.ts";
import { dockerContainerName, homeFolder } from "../environment.ts";
import { type ConfigState, parseConfigState } from "../gateway/config-state.ts";
import type { Description } from "../gateway/description.ts";
import { readIfPresent, runFiles, writePrivateFile } from "../gateway/run-files.ts";
import { type DockerFiles, dockerFiles } from "./places.ts";
import { dropSetAside } from "./set-aside.ts";

/** What is known of a container that was started: the content of `container.json`. */
export interface DockerRecord extends Description {
  readonly container_id: string;
  readonly container_name: string;
  readonly image: string;
  readonly version: string;
  /** Envoy is in front. */
  readonly native: boolean;
  /** ISO 8601. */
  readonly started_at: string;
  readonly config_path: string;
  /** Whose `.env` goes with the configuration. */
  readonly config_folder: string;
  /** Why the last change was refused before the program in the container saw it; absent if none was since. */
  readonly last_failure?: ConfigState["last_failure"];
}

/** The record of the container of this name that this user has started, if any. */
export function startedContainer(environment: Environment): DockerRecord | undefined {
  return readRecord(dockerFiles(runFiles(homeFolder(environment)), dockerContainerName(environment)));
}

/** The record; undefined if there is none, or none that can be understood. */
export function readRecord(files: DockerFiles): DockerRecord | undefined {
  try {
    const record: Partial<DockerRecord> | null = JSON.parse(readIfPresent(files.record) ?? "null");
    const isComplete =
      typeof record?.container_id === "string" &&
      typeof record.container_name === "string" &&
      typeof record.native === "boolean" &&
      typeof record.config_path === "string" &&
      Array.isArray(record.listeners) &&
      Array.isArray(record.model_providers);
    return isComplete ? (record as DockerRecord) : undefined;
  } catch {
    return undefined;
  }
}

export function writeRecord(files: DockerFiles, record: DockerRecord): void {
  writePrivateFile(files.record, `${JSON.stringify(record, null, 2)}\n`);
}

export function removeRecord(files: DockerFiles): void {
  rmSync(files.record, { force: true });
  // They may hold keys that stand in the configuration.
  for (const folder of [files.config, files.state]) rmSync(folder, { recursive: true, force: true });
  dropSetAside(files);
}

/** What the program in the container tells of its configuration; undefined as long as it tells nothing. */
export function readContainerState(files: DockerFiles): ConfigState | undefined {
  return parseConfigState(readIfPresent(files.stateFile) ?? "");
}
