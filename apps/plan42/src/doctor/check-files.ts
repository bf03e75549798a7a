import { accessSync, constants, existsSync } from "node:fs";
import { dirname } from "node:path";
import { isOpenToOthers, type RunnerFolders, readDisk } from "@plano/runner-home";
import { describeDisk, makeRoom } from "../jobs/runner-notices.ts";
import { type Finding, failed, failure, ok, warning } from "./finding.ts";

/** Who may read the files with secrets, and whether the runner may write where it keeps things. */
export function checkPermissions(files: readonly string[], { state, jobLogs }: RunnerFolders): Finding {
  const check = "permissions";
  const open = files.filter(isOpenToOthers);
  if (open.length > 0) {
    return warning(
      check,
      `${open.join(" and ")} can be read by others, with the secrets in it`,
      `chmod 600 ${open.join(" ")}`,
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
  return ok(check, "its files with secrets are private, and the runner's folders can be written");
}

/** Whether jobs are taken with what is free on the disk. */
export async function checkDisk(diskMinFree: number, { state }: RunnerFolders): Promise<Finding> {
  const check = "disk";
  try {
    const disk = await readDisk(nearest(state), diskMinFree);
    const told = describeDisk({ ...disk, folder: state });
    if (disk.refusesJobs) return failure(check, `jobs are refused: ${told}`, makeRoom);
    if (disk.freeBytes < 2 * diskMinFree) return warning(check, `soon jobs are refused: ${told}`, makeRoom);
    return ok(check, told);
  } catch (error) {
    return failed(check, error);
  }
}

/** The folder itself, or the nearest one above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder));
}
