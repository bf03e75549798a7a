import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The ids of the queues that the server may have, on disk: what a daemon that was killed has left, the next one
 * removes, so that nothing is sent there. Nothing here rejects: without it the server finds out by itself.
 */
export interface QueueRecords {
  /** Of daemons before this one. */
  readonly found: readonly string[];
  note(queueId: string): Promise<void>;
  forget(queueId: string): Promise<void>;
}

const canonicalUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export async function openQueueRecords(folder: string): Promise<QueueRecords> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => {});
  const names = await readdir(folder).catch(() => []);
  return {
    found: names.filter((name) => canonicalUuid.test(name)),
    note: (queueId) => writeFile(join(folder, queueId), "", { mode: 0o600 }).catch(() => {}),
    forget: (queueId) => rm(join(folder, queueId), { force: true }).catch(() => {}),
  };
}
