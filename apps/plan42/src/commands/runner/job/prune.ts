import { rmSync } from "node:fs";
import { describeCause } from "@plano/errors";
import { forgetUsedImage, listUsedImages } from "@plano/runner-home";
import { formatBytes } from "@plano/terminal";
import type { Context } from "../../../context.ts";
import { choosePrunable } from "../../../jobs/choose-prunable.ts";
import { type ActiveJob, jobsOfDaemon, jobsOfRuntime, listJobLogs } from "../../../jobs/local-jobs.ts";
import { foldersOf, openRuntime, readSetup } from "../../../jobs/runner-setup.ts";

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
  const active = (await jobsOfDaemon(folders)) ?? (await activeWithoutDaemon(options, context));
  const prunable = choosePrunable(listJobLogs(folders), {
    activeJobs: new Set(active.map(({ jobId }) => jobId)),
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
  const images = options.images ? await pruneImages(options, context, active) : undefined;
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
  const runtime = openRuntime(readSetup(configFile, context), context);
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

function activeWithoutDaemon({ configFile }: PruneJobsOptions, context: Context) {
  const setup = readSetup(configFile, context);
  return jobsOfRuntime(openRuntime(setup, context), setup.runnerId);
}
