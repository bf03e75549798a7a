import { accessSync, constants, existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { RunnerConfig, RunnerFolders } from "@plano/runner-home";
import { formatBytes } from "@plano/terminal";
import { type Finding, failed, failure, ok, warning } from "./finding.ts";

/** Who may read the configuration, and whether the runner may write where it keeps things. */
export function checkPermissions(configFile: string, { state, jobLogs }: RunnerFolders): Finding {
  const check = "permissions";
  const open = statSync(configFile).mode & 0o077;
  if (open !== 0) {
    return warning(
      check,
      `${configFile} can be read by others, with the token in it`,
      `chmod 600 ${configFile}`,
    );
  }
  for (const folder of [state, jobLogs]) {
    const there = nearest(folder);
    try {
      accessSync(there, constants.W_OK | constants.X_OK);
    } catch {
      return failure(
        check,
        `${folder} cannot be written`,
        `Make ${there} writable for this user, or set XDG_STATE_HOME.`,
      );
    }
  }
  return ok(check, "the configuration is private, and the runner's folders can be written");
}

/** Whether jobs are taken with what is free on the disk. */
export async function checkDisk({ diskMinFree }: RunnerConfig, { state }: RunnerFolders): Promise<Finding> {
  const check = "disk";
  try {
    const { bavail, bsize } = await statfs(nearest(state));
    const free = bavail * bsize;
    const told = `${formatBytes(free)} free at ${state}`;
    const limit = `disk_min_free is ${formatBytes(diskMinFree)}`;
    if (free < diskMinFree) {
      return failure(
        check,
        `${told}: jobs are refused, ${limit}`,
        "plan42 runner job prune --images makes room.",
      );
    }
    if (free < 2 * diskMinFree) {
      return warning(
        check,
        `${told}: soon jobs are refused, ${limit}`,
        "plan42 runner job prune --images makes room.",
      );
    }
    return ok(check, `${told}; ${limit}`);
  } catch (error) {
    return failed(check, error);
  }
}

/** The folder itself, or the nearest one above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
