// What others than the daemon read in its journal, and the word that they leave there for the next one.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** How the names of the journal's files end, after the job's id. */
export const journalEndings = { record: ".json", finished: ".done", killed: ".killed" } as const;

/** A job that a daemon has taken on and not finished with. */
export interface RecordedJob {
  readonly jobId: string;
  readonly image: string;
  readonly acceptedAt: Date;
  readonly phase: string;
  /** The runtime that has its container; undefined in records of older versions. */
  readonly runtime: string | undefined;
}

/** The jobs in a journal's folder. Records that cannot be read are left out. */
export function listRecordedJobs(folder: string): readonly RecordedJob[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder);
  return names.flatMap((name) => {
    const [jobId, rest] = name.split(journalEndings.record);
    if (jobId === undefined || rest !== "" || names.includes(jobId + journalEndings.finished)) return [];
    try {
      const { image, acceptedAt, phase, runtime } = JSON.parse(readFileSync(join(folder, name), "utf8"));
      return [{ jobId, image, acceptedAt: new Date(acceptedAt), phase, runtime }];
    } catch {
      return [];
    }
  });
}

/** Leaves word that an operator ends a job while no daemon runs. False if the journal does not know the job. */
export function leaveKill(folder: string, jobId: string): boolean {
  const path = join(folder, jobId);
  if (!existsSync(path + journalEndings.record)) return false;
  writeFileSync(path + journalEndings.killed, "", { mode: 0o600 });
  return true;
}
