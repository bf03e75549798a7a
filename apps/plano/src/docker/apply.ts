import type { Terminal } from "@plano/terminal";
import { pause } from "../gateway/log-file.ts";
import { printInForce, refusedError } from "../print-outcome.ts";
import { type ContainerFiles, type ContainerUser, writeContainerFiles } from "./container-files.ts";
import type { DockerFiles } from "./places.ts";
import { readContainerState } from "./record.ts";
import { rememberFiles } from "./remember-files.ts";

/**
 * How long a container may take to say what has become of a configuration. It looks every 30 ms; Envoy has 5 s for
 * each of two steps.
 */
const limitMilliseconds = 12_000;

export interface Application {
  readonly content: ContainerFiles;
  readonly docker: DockerFiles;
  readonly user: ContainerUser;
}

/**
 * Has the container that runs take a configuration, and tells what has changed. False if it does not answer; then
 * its files are as they were.
 * Throws an AppError if it refuses.
 */
export async function applyFiles(
  { content, docker, user }: Application,
  terminal: Terminal,
): Promise<boolean> {
  const before = readContainerState(docker);
  if (before === undefined) return false;
  const putBack = rememberFiles(docker.config);
  if (!writeContainerFiles(content, docker, user)) {
    if (before.last_failure !== null) throw refused(before.last_failure);
    printInForce({ ...before.in_force, outcome: "unchanged" }, Date.now(), terminal);
    return true;
  }
  for (const deadline = Date.now() + limitMilliseconds; Date.now() < deadline; await pause(20)) {
    const state = readContainerState(docker);
    const failure = state?.last_failure;
    if (failure && failure.at_ms !== before.last_failure?.at_ms) throw refused(failure);
    if (state !== undefined && state.in_force.version !== before.in_force.version) {
      printInForce({ ...state.in_force, outcome: "applied" }, Date.now(), terminal);
      return true;
    }
    if (state !== undefined && !failure && before.last_failure !== null) {
      printInForce({ ...state.in_force, outcome: "unchanged" }, Date.now(), terminal);
      return true;
    }
  }
  // Else it would take them unasked when it answers again, and the next change would seem to be there already.
  putBack();
  return false;
}

function refused({ reason }: { readonly reason: string }) {
  return refusedError({ outcome: "refused", reason, needs_restart: false });
}
