import { statfs } from "node:fs/promises";
import type { DiskStatus } from "./control/protocol.ts";

/** The room for jobs on the disk of a folder that is there. Rejects if it cannot be told. */
export async function readDisk(folder: string, minFreeBytes: number): Promise<DiskStatus> {
  const { bavail, bsize } = await statfs(folder);
  const freeBytes = bavail * bsize;
  return { folder, freeBytes, minFreeBytes, refusesJobs: freeBytes < minFreeBytes };
}
