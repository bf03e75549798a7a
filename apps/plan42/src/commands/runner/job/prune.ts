import { rmSync } from "node:fs";
import { describeCause } from "@plano/errors";
import { forgetUsedImage, listUsedImages } from "@plano/runner-home";
import { isRuntimeFailure } from "@plano/runtime";
import { formatBytes } from "@plano/terminal";
import type { Context } from "../../../context.ts";
import { choosePrunable } from "../../../jobs/choose-prunable.ts";
import { type ActiveJob, findActiveJobs, jobsOfRecords, listJobLogs } from "../../../jobs/local-jobs.ts";
import { foldersOf, openRuntime, readLocalSetup } from "../../../jobs/runner-setup.ts";

export interface PruneJobsOptions {
  readonly configFile?: string;
  /** Milliseconds since a log was last written. */
  readonly olderThan?: number;
  /** How many of the newest logs stay. */
  readonly keep?: number;
  /** Remove images, too, that no job has used for that long. */
  readonly images: boolean;
  readonly json: boolean;
}

/** Deletes the logs of jobs that have ended. Goes on after one that cannot be deleted, and then returns 1. */
export async function run(options: PruneJobsOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const folders = foldersOf(context);
  const active = await findActiveJobs(options.configFile, context);
  // The next daemon reports those that have ended meanwhile, with their logs.
  const unfinished = [...active, ...jobsOfRecords(folders)];
  const prunable = choosePrunable(listJobLogs(folders), {
    activeJobs: new Set(unfinished.map(({ jobId }) => jobId)),
    now: Date.now(),
    olderThan: options.olderThan ?? 0,
    keep: options.keep ?? 0,
  });
  const removed: string[] = [];
  let bytes = 0;
  let failed = 0;
  for (const log of prunable) {
    try {
      rmSync(log.path);
      removed.push(log.jobId);
      bytes += log.bytes;
    } catch (error) {
      failed += 1;
      terminal.errorLine(`ERROR: cannot delete ${log.path}: ${describeCause(error)}`);
    }
  }
  let images: readonly string[] | undefined;
  try {
    images = options.images ? await pruneImages(options, context, unfinished) : undefined;
  } catch (error) {
    if (!isRuntimeFailure(error, "unavailable")) throw error;
    failed += 1;
    terminal.errorLine(`ERROR: no images are removed: ${describeCause(error)}`);
  }
  if (options.json) terminal.json({ removed, bytes, failed, ...(images && { images }) });
  else {
    terminal.success(`${removed.length} logs deleted, ${formatBytes(bytes)}`);
    if (images) terminal.success(`${images.length} images removed`);
  }
  return failed === 0 ? 0 : 1;
}

/** Removes images that no job of this runner needs, and resolves to their references. */
async function pruneImages(
  { configFile, olderThan = 0 }: PruneJobsOptions,
  context: Context,
  active: readonly ActiveJob[],
): Promise<readonly string[]> {
  const { images: folder } = foldersOf(context);
  const runtime = openRuntime(readLocalSetup(configFile, context), context);
  const inUse = new Set(active.map(({ image }) => image));
  const removed: string[] = [];
  for (const { reference, lastUsedAt } of await listUsedImages(folder)) {
    if (inUse.has(reference) || Date.now() - lastUsedAt.getTime() < olderThan) continue;
    await runtime.removeImage(reference);
    // Somebody else's container may hold it.
    if ((await runtime.image(reference)) !== undefined) continue;
    await forgetUsedImage(folder, reference);
    removed.push(reference);
  }
  return removed;
}
