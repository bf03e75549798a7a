import type { Environment } from "../context.ts";
import { homeFolder } from "../environment.ts";
import type { ConfigState } from "../gateway/config-state.ts";
import { runFiles } from "../gateway/run-files.ts";
import { findContainer } from "./container.ts";
import { connectEngine } from "./engine.ts";
import { dockerFiles } from "./places.ts";
import { type DockerRecord, readContainerState } from "./record.ts";
import { laterFailure } from "./refusal.ts";

/** What the engine and the program say of a container that was started; undefined if it does not run any more. */
export async function runningContainer(
  record: DockerRecord,
  environment: Environment,
): Promise<{ readonly pid: number; readonly state: ConfigState | undefined } | undefined> {
  const found = await findContainer(await connectEngine(environment), record.container_name);
  if (found?.id !== record.container_id || !found.isRunning) return undefined;
  const files = dockerFiles(runFiles(homeFolder(environment)), record.container_name);
  const state = readContainerState(files);
  const last_failure = laterFailure(state?.last_failure ?? null, record.last_failure ?? null);
  return { pid: found.pid, state: state && { ...state, last_failure } };
}
