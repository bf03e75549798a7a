import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createControlClient, type RunnerFolders } from "@plano/runner-home";
import { parseJobId, type Runtime, runnerLabel } from "@plano/runtime";

/** A job that the runner has not finished with. */
export interface ActiveJob {
  readonly jobId: string;
  readonly image: string;
  /** What it is at, such as `waiting`, `pulling` or `running`. */
  readonly step: string;
  /** When it came to this machine. */
  readonly since: Date;
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

/** The jobs whose containers run, as the runtime tells: what there is to say when no daemon runs. */
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
