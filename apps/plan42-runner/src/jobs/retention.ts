import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { forgetUsedImage, listUsedImages } from "@plano/runner-home";
import { parseJobId, type Runtime } from "@plano/runtime";

/** What of the logs may stay. */
export interface LogRetention {
  /** Older ones go; 0 is no limit. */
  readonly days: number;
  /** Of what is more than so many bytes in all, the oldest go; 0 is no limit. */
  readonly bytes: number;
}

/** Removes logs of jobs that have ended. Resolves to how many were removed. */
export async function removeOldLogs(
  folder: string,
  { days, bytes }: LogRetention,
  activeJobs: ReadonlySet<string>,
  now: number,
): Promise<number> {
  const names = (await readdir(folder)).filter((name) => {
    const jobId = name.replace(/\.log$/, "");
    return parseJobId(jobId) !== undefined && !activeJobs.has(jobId);
  });
  const logs = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const { mtimeMs, size } = await stat(path);
      return { path, mtimeMs, size };
    }),
  );
  let removed = 0;
  let kept = 0;
  for (const { path, mtimeMs, size } of logs.sort((one, other) => other.mtimeMs - one.mtimeMs)) {
    kept += size;
    const isOld = days > 0 && now - mtimeMs > days * 86_400_000;
    const isTooMuch = bytes > 0 && kept > bytes;
    if (!isOld && !isTooMuch) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}

/**
 * Removes the images that no job has used for the longest time, until the others take no more than `bytes`; 0 is no
 * limit. Images that others brought here are not looked at, and one that is in use stays. Resolves to those removed.
 */
export async function removeOldImages(
  runtime: Runtime,
  folder: string,
  bytes: number,
  activeImages: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (bytes <= 0) return [];
  const images = await listUsedImages(folder);
  const removed: string[] = [];
  let kept = 0;
  for (const { reference } of images.sort(
    (one, other) => other.lastUsedAt.getTime() - one.lastUsedAt.getTime(),
  )) {
    const facts = await runtime.image(reference);
    kept += facts?.bytes ?? 0;
    if (facts !== undefined && (kept <= bytes || activeImages.has(reference))) continue;
    if (facts !== undefined) {
      await runtime.removeImage(reference);
      if ((await runtime.image(reference)) !== undefined) continue;
      kept -= facts.bytes;
      removed.push(reference);
    }
    await forgetUsedImage(folder, reference);
  }
  return removed;
}
