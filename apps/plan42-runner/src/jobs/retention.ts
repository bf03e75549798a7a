import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseJobId } from "@plano/runtime";

/** Removes job logs that are older than so many days; 0 keeps all. Resolves to how many were removed. */
export async function removeOldLogs(folder: string, days: number, now: number): Promise<number> {
  if (days <= 0) return 0;
  let removed = 0;
  for (const name of await readdir(folder)) {
    if (parseJobId(name.replace(/\.log$/, "")) === undefined) continue;
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (now - mtimeMs <= days * 86_400_000) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
