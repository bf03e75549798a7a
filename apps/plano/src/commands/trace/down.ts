import type { Context } from "../../context.ts";
import { homeFolder } from "../../environment.ts";
import { runFiles } from "../../gateway/run-files.ts";
import { stopListener } from "../../traces/listener.ts";

/** Stops the collector in the background. That none runs is no failure. */
export async function run(_options: object, { terminal, environment }: Context): Promise<number> {
  const wasRunning = await stopListener(runFiles(homeFolder(environment)));
  if (wasRunning) terminal.success("Trace listener stopped");
  else terminal.line(terminal.style.dim("No background trace listener running"));
  return 0;
}
