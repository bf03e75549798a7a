import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createControlClient, listRecordedJobs, type RunnerFolders } from "@plano/runner-home";
import { isRuntimeFailure, parseJobId, type Runtime, runnerLabel } from "@plano/runtime";
import type { Context } from "../context.ts";
import { tellMissing } from "./missing-variables.ts";
import { foldersOf, openRuntime, readLocalSetup } from "./runner-setup.ts";

/** A job that the runner has not finished with. */
export interface ActiveJob {
  readonly jobId: string;
  readonly image: string;
  /** What it is at, such as `waiting`, `pulling` or `running`. */
  readonly step: string;
  /** When it came to this machine. */
  readonly since: Date;
}

/** One that is known by its record. */
export interface RecordedActiveJob extends ActiveJob {
  /** The runtime that has its container; undefined if that is not recorded. */
  readonly runtime: string | undefined;
}

/** A job's log on this machine. */
export interface JobLogFile {
  readonly jobId: string;
  readonly path: string;
  readonly bytes: number;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** The jobs that the daemon has in hand; undefined when no daemon runs. */
export async function jobsOfDaemon(folders: RunnerFolders): Promise<readonly ActiveJob[] | undefined> {
  const status = await createControlClient(folders.controlSocket).status();
  return status?.jobs.map(({ jobId, image, step, acceptedAt }) => ({
    jobId,
    image,
    step,
    since: new Date(acceptedAt),
  }));
}

/**
 * The jobs in hand: those of the daemon, or without one those whose containers run. Where the runtime cannot be asked
 * either, the runner's records have to do, and that is said.
 */
export async function findActiveJobs(
  configFile: string | undefined,
  context: Context,
): Promise<readonly ActiveJob[]> {
  const folders = foldersOf(context);
  const ofDaemon = await jobsOfDaemon(folders);
  if (ofDaemon !== undefined) return ofDaemon;
  const setup = readLocalSetup(configFile, context);
  const recorded = jobsOfRecords(folders);
  const asRecorded = "which jobs have not ended is as the runner has recorded it";
  if (setup.runner === undefined) {
    context.terminal.warning(`${tellMissing(setup.missing)}; ${asRecorded}`);
    return recorded;
  }
  try {
    const running = await jobsOfRuntime(openRuntime(setup, context), setup.runner.runnerId);
    const known = new Set(running.map(({ jobId }) => jobId));
    // Those in a runtime that the configuration named before.
    const elsewhere = recorded.filter(
      ({ jobId, runtime = setup.config.runtime }) => runtime !== setup.config.runtime && !known.has(jobId),
    );
    return [...running, ...elsewhere];
  } catch (error) {
    if (!isRuntimeFailure(error, "unavailable")) throw error;
    context.terminal.warning(`${setup.config.runtime} does not answer: ${asRecorded}`);
    return recorded;
  }
}

/** The jobs that a daemon has not finished with, as its journal tells. */
export function jobsOfRecords({ journal }: RunnerFolders): readonly RecordedActiveJob[] {
  return listRecordedJobs(journal).flatMap(({ jobId, image, phase, acceptedAt, runtime }) =>
    parseJobId(jobId) === undefined ? [] : [{ jobId, image, step: phase, since: acceptedAt, runtime }],
  );
}

/** The jobs whose containers run, as the runtime tells. */
export async function jobsOfRuntime(runtime: Runtime, runnerId: string): Promise<readonly ActiveJob[]> {
  const containers = await runtime.list(runnerLabel, runnerId);
  return containers.flatMap(({ name, image, phase, createdAt }) =>
    phase === "running" && parseJobId(name) !== undefined
      ? [{ jobId: name, image, step: "running", since: createdAt }]
      : [],
  );
}

/** The logs of jobs in the runner's folder. */
export function listJobLogs({ jobLogs }: RunnerFolders): readonly JobLogFile[] {
  let names: string[];
  try {
    names = readdirSync(jobLogs);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
  return names.flatMap((name) => {
    const jobId = name.replace(/\.log$/, "");
    if (parseJobId(jobId) === undefined) return [];
    const path = join(jobLogs, name);
    const { size, birthtime, mtime } = statSync(path);
    return [{ jobId, path, bytes: size, createdAt: birthtime, changedAt: mtime }];
  });
}
