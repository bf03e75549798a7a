import type { Context } from "../../context.ts";
import { chooseManager } from "../../services/choose-manager.ts";
import { killedError } from "../../services/killed.ts";
import { patience } from "../../services/patience.ts";

/** Stops the service until the next session; its jobs may finish. A kill is a failure; that it does not run is no error. */
export async function run(context: Context): Promise<number> {
  const { terminal } = context;
  const manager = chooseManager(context, "stop");
  const progress = terminal.progress("Stopping the runner; its jobs may finish", patience);
  try {
    const end = await manager.stop();
    progress.stop();
    if (end === "killed") throw killedError(manager.name, manager.stopSeconds());
    if (end === "ended") terminal.success("the runner has stopped; it starts again with the next session");
    else terminal.line("The runner's service is not running.");
    return 0;
  } finally {
    progress.stop();
  }
}
