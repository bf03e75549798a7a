import { AppError, describeCause } from "@plano/errors";
import { type Instance, isRunning, withEnvoyProcess } from "./instance.ts";
import { pause } from "./log-file.ts";
import { processStart } from "./process-start.ts";
import type { RunFiles } from "./run-files.ts";

/** How long past its own drain limit a data plane may take to go before it is killed. */
const graceMilliseconds = 5000;
const pollMilliseconds = 20;

/** Asks an instance to finish its streams and go. Nothing happens if it is gone already. */
export function askToStop(instance: Instance): void {
  signalInstance(instance, "SIGTERM");
}

/**
 * Waits until an instance is gone, and kills it when its drain limit and some grace are over.
 * Resolves to whether it had to be killed. Gives up waiting when `signal` is aborted.
 */
export async function waitUntilGone(instance: Instance, signal?: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + instance.drain_timeout_ms + graceMilliseconds;
  while (isRunning(instance) && !signal?.aborted) {
    if (Date.now() >= deadline) {
      signalInstance(instance, "SIGKILL");
      while (isRunning(instance)) await pause(pollMilliseconds);
      return true;
    }
    await pause(pollMilliseconds, signal);
  }
  return false;
}

/** The Envoy that goes on after its brightstaff, which did not live to end it; undefined if there is none. */
export function orphanedEnvoy(
  instance: Instance,
  files: RunFiles,
): { readonly pid: number; readonly start: string } | undefined {
  if (isRunning(instance)) return undefined;
  // It may have been started anew since the record was written.
  const { envoy_pid: pid, envoy_start: start } = withEnvoyProcess(instance, files);
  return pid !== null && processStart(pid) === start ? { pid, start } : undefined;
}

/** Ends an Envoy whose brightstaff did not live to end it. Resolves to whether there was one. */
export async function endOrphanedEnvoy(instance: Instance, files: RunFiles): Promise<boolean> {
  const orphan = orphanedEnvoy(instance, files);
  if (orphan === undefined) return false;
  const deadline = Date.now() + graceMilliseconds;
  process.kill(orphan.pid, "SIGTERM");
  while (processStart(orphan.pid) === orphan.start) {
    if (Date.now() >= deadline) process.kill(orphan.pid, "SIGKILL");
    await pause(pollMilliseconds);
  }
  return true;
}

function signalInstance(instance: Instance, signal: "SIGTERM" | "SIGKILL"): void {
  if (!isRunning(instance)) return;
  try {
    process.kill(instance.brightstaff_pid, signal);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ESRCH") return;
    throw new AppError(`cannot stop brightstaff (pid ${instance.brightstaff_pid}): ${describeCause(cause)}`, {
      code: "stop-failed",
      cause,
    });
  }
}
