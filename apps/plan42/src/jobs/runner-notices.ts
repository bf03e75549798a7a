import { type DiskStatus, type RunnerStatus, unauthorised } from "@plano/runner-home";
import { formatBytes } from "@plano/terminal";
import { renewToken } from "../api/renew-token.ts";

/** Something that keeps a running runner from doing what its user may expect. */
export interface RunnerNotice {
  readonly text: string;
  /** What to do about it. */
  readonly mend: string;
}

/** What frees space on a runner's disk. */
export const makeRoom = "plan42 runner job prune --images makes room; disk_min_free is the limit.";

/** What a running daemon says that its user has to act on. One of an older version says none of it. */
export function runnerNotices(
  status: Partial<Pick<RunnerStatus, "server" | "restartNeeded" | "disk">> & {
    readonly enableNeeded?: readonly string[];
  },
): RunnerNotice[] {
  const { server, restartNeeded = [], enableNeeded = [], disk } = status;
  return [
    ...(server === unauthorised
      ? [
          {
            text: "the server refuses the runner's token, so no tasks come",
            mend: `a new one, which counts at once: ${renewToken}`,
          },
        ]
      : []),
    ...(disk?.refusesJobs ? [{ text: `new jobs are refused: ${describeDisk(disk)}`, mend: makeRoom }] : []),
    ...(restartNeeded.length > 0
      ? [
          {
            text: `the configuration has changed, and waits for a restart: ${restartNeeded.join(", ")}`,
            mend: "plan42 runner enable restarts the service; end runner exec with Ctrl-C, and start it again. Jobs go on.",
          },
        ]
      : []),
    ...(enableNeeded.length > 0
      ? [
          {
            text: `the service kills a runner that takes longer to stop than it was enabled with: ${enableNeeded.join(", ")}`,
            mend: "plan42 runner enable gives it the time. Jobs go on.",
          },
        ]
      : []),
  ];
}

/** `512.0 MiB free at /home/me/…, and disk_min_free is 1.0 GiB`. */
export function describeDisk({ freeBytes, folder, minFreeBytes }: DiskStatus): string {
  return `${formatBytes(freeBytes)} free at ${folder}, and disk_min_free is ${formatBytes(minFreeBytes)}`;
}
