import { createControlClient, type RunnerFolders } from "@plano/runner-home";
import { runnerNotices } from "../jobs/runner-notices.ts";
import { type Finding, failed, ok, warning } from "./finding.ts";

/** Whether the runner runs, with the configuration as it is now. */
export async function checkRunner({ controlSocket }: RunnerFolders): Promise<Finding> {
  const check = "runner";
  try {
    const daemon = await createControlClient(controlSocket).status();
    if (daemon === undefined)
      return warning(
        check,
        "it is not running",
        "plan42 runner enable, or in a terminal: plan42 runner exec",
      );
    // The disk has a check of its own.
    const [notice] = runnerNotices({ restartNeeded: daemon.restartNeeded });
    if (notice !== undefined) return warning(check, notice.text, notice.mend);
    return ok(check, `it is running (process ${daemon.pid}, version ${daemon.version})`);
  } catch (error) {
    return failed(check, error);
  }
}
