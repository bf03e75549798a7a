import { AppError } from "@plano/errors";
import type { Environment } from "../context.ts";
import { dockerContainerName, homeFolder } from "../environment.ts";
import type { ConfigState } from "../gateway/config-state.ts";
import { runFiles } from "../gateway/run-files.ts";
import { dockerFiles } from "./places.ts";
import { readRecord, writeRecord } from "./record.ts";

/** Errors that say nothing about what was written; the program in the container tells of its own refusals itself. */
const unrelated: ReadonlySet<string> = new Set([
  "busy",
  "config-refused",
  "container-name",
  "data-plane-ended",
  "docker-failed",
  "docker-host",
  "docker-unavailable",
  "foreign-container",
  "interrupted",
  "no-config",
  "no-home",
  "not-running",
]);

/** Does what changes the configuration of a container; where it is refused, the container's record says why. */
export async function notingRefusal<Result>(
  environment: Environment,
  change: () => Promise<Result>,
): Promise<Result> {
  try {
    return await change();
  } catch (error) {
    if (error instanceof AppError && !unrelated.has(error.code)) note(environment, error);
    throw error;
  }
}

function note(environment: Environment, { message, hint }: AppError): void {
  const files = dockerFiles(runFiles(homeFolder(environment)), dockerContainerName(environment));
  const record = readRecord(files);
  if (record === undefined) return;
  const reason = [message, hint].filter((text) => text !== undefined).join("\n");
  writeRecord(files, { ...record, last_failure: { at_ms: Date.now(), reason } });
}

/** The later of two refusals. */
export function laterFailure(
  one: ConfigState["last_failure"],
  other: ConfigState["last_failure"],
): ConfigState["last_failure"] {
  if (one === null || other === null) return one ?? other;
  return one.at_ms > other.at_ms ? one : other;
}
