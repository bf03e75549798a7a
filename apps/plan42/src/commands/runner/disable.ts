import type { Context } from "../../context.ts";
import { chooseManager } from "../../services/choose-manager.ts";
import { killedError } from "../../services/killed.ts";
import { patience } from "../../services/patience.ts";

/** Stops the service and takes it away; its jobs may finish. That there is none is no error. */
export async function run(context: Context): Promise<number> {
  const { terminal } = context;
  const manager = chooseManager(context, "disable");
  const progress = terminal.progress("Stopping the runner; its jobs may finish", patience);
  try {
    const limit = manager.stopSeconds();
    const end = await manager.disable();
    progress.stop();
    if (end !== undefined) terminal.success(`the runner is no service any more (removed ${manager.file})`);
    else terminal.line("The runner is no service.");
    if (end === "killed") throw killedError(manager.name, limit);
    return 0;
  } finally {
    progress.stop();
  }
}
