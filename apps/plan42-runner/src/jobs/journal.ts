import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { journalEndings } from "@plano/runner-home";
import { parseJobId } from "@plano/runtime";
import { type JobRecord, killedByOperator } from "./job-record.ts";

/** The jobs that the daemon is not finished with, on disk: it survives the process and the machine's end. */
export interface Journal {
  /** The records as they were found at the start. */
  readonly found: readonly JobRecord[];
  /** Files that could not be read, at the start. */
  readonly unreadable: readonly string[];
  /** Rejects with an `AppError` if it cannot be written; then the older record stays. */
  write(record: JobRecord): Promise<void>;
  /** Forgets a job, but for its id. */
  finish(jobId: string): Promise<void>;
  /** Whether a job was finished in the last 24 hours, by this process or one before it. */
  isFinished(jobId: string): boolean;
  /** Forgets the ids of jobs that were finished longer ago. Resolves to how many went. */
  forgetOld(): Promise<number>;
}

/** How long the ids of finished jobs are kept, in milliseconds. */
const finishedMilliseconds = 24 * 3_600_000;
const { record: recordEnding, finished: finishedEnding, killed: killedEnding } = journalEndings;

/** Opens the journal in a folder, which is made for its owner alone; `now` tells the time in milliseconds. */
export async function openJournal(folder: string, now: () => number = Date.now): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found: JobRecord[] = [];
  const unreadable: string[] = [];
  /** When each job was finished. */
  const finished = new Map<string, number>();
  const names = await readdir(folder);
  const wasKilled = (jobId: string) => names.includes(jobId + killedEnding);
  for (const name of names) {
    const path = join(folder, name);
    if (name.endsWith(recordEnding)) {
      const record = await readRecord(path);
      if (record === undefined) unreadable.push(name);
      else found.push(wasKilled(record.jobId) ? { stopReason: killedByOperator, ...record } : record);
    } else if (name.endsWith(finishedEnding)) {
      finished.set(name.slice(0, -finishedEnding.length), (await stat(path)).mtimeMs);
    } else if (!name.endsWith(killedEnding)) {
      // A record that was being written when the process ended.
      await rm(path, { force: true });
    }
  }
  const forgetOld = async () => {
    const old = [...finished].filter(([, at]) => now() - at > finishedMilliseconds);
    for (const [jobId] of old) {
      await rm(join(folder, `${jobId}${finishedEnding}`), { force: true });
      finished.delete(jobId);
    }
    return old.length;
  };
  await forgetOld();
  /** Writes of one job follow each other, so that an older record never replaces a newer one. */
  const last = new Map<string, Promise<void>>();
  const inOrder = (jobId: string, work: () => Promise<void>): Promise<void> => {
    // A write that failed has told its own caller.
    const done = (last.get(jobId) ?? Promise.resolve()).catch(() => {}).then(work);
    last.set(jobId, done);
    return done;
  };

  return {
    found: found.filter(({ jobId }) => !finished.has(jobId)),
    unreadable,
    write: (record) =>
      inOrder(record.jobId, async () => {
        const path = join(folder, `${record.jobId}${recordEnding}`);
        await writeWhole(path, JSON.stringify(record));
      }),
    finish: (jobId) =>
      inOrder(jobId, async () => {
        finished.set(jobId, now());
        await writeFile(join(folder, `${jobId}${finishedEnding}`), "", { mode: 0o600 });
        for (const ending of [recordEnding, killedEnding]) {
          await rm(join(folder, jobId + ending), { force: true });
        }
        last.delete(jobId);
      }),
    isFinished: (jobId) => finished.has(jobId),
    forgetOld,
  };
}

async function readRecord(path: string): Promise<JobRecord | undefined> {
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as Partial<JobRecord>;
    const isWhole =
      record.turn !== undefined && record.agentToken !== undefined && record.phase !== undefined;
    return isWhole && parseJobId(record.jobId ?? "") !== undefined ? (record as JobRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** A reader finds the old text or the new one, also after a crash or on a full disk. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new AppError(`the runner cannot write its journal: ${describeCause(cause)}`, {
      code: "journal",
      cause,
      hint: `It is in ${dirname(path)}.`,
    });
  }
}
