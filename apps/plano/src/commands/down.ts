import type { Context } from "../context.ts";
import { startedContainer } from "../docker/record.ts";
import { homeFolder } from "../environment.ts";
import { readInstance, removeInstance } from "../gateway/instance.ts";
import { takeLock } from "../gateway/lock.ts";
import { createRunFolders, runFiles } from "../gateway/run-files.ts";
import { askToStop, endOrphanedEnvoy, waitUntilGone } from "../gateway/stop.ts";

/** Stops the gateway. That none runs is no error. */
export async function run(_options: object, { terminal, environment }: Context): Promise<number> {
  const files = runFiles(homeFolder(environment));
  if (readInstance(files).kind === "none") {
    const container = startedContainer(environment);
    const hint =
      container === undefined ? "" : `; the container ${container.container_name} is stopped by --docker`;
    terminal.line(terminal.style.dim(`No gateway is running${hint}`));
    return 0;
  }
  createRunFolders(files);
  const unlock = takeLock(files);
  const progress = terminal.progress("Stopping the gateway; its streams may finish");
  try {
    const state = readInstance(files);
    if (state.kind === "running") askToStop(state.instance);
    const wasKilled = state.kind === "running" && (await waitUntilGone(state.instance));
    const hadOrphan = "instance" in state && (await endOrphanedEnvoy(state.instance, files));
    removeInstance(files);
    progress.stop();
    if (hadOrphan) {
      terminal.success("Stopped the Envoy of a gateway that is gone");
    } else if (state.kind !== "running") {
      const what = state.kind === "stale" ? "left by a gateway that is gone" : "that was not readable";
      terminal.line(terminal.style.dim(`No gateway is running; removed a process file ${what}`));
    } else if (wasKilled) {
      terminal.warning(
        `Plano did not stop within its drain limit and was killed (pid ${state.instance.brightstaff_pid})`,
      );
    } else {
      terminal.success(`Plano has stopped (pid ${state.instance.brightstaff_pid})`);
    }
    return 0;
  } finally {
    progress.stop();
    unlock();
  }
}
