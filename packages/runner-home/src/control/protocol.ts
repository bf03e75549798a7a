/** A queue as the daemon sees it. */
export interface QueueStatus {
  readonly queueId: string;
  readonly phase: "registering" | "polling" | "draining" | "deleting" | "ended";
  /** RFC 3339; null before the first poll has been answered. */
  readonly lastPollAt: string | null;
  /** How long that poll took, in milliseconds. One that brings nothing is held open by the server. */
  readonly lastPollMilliseconds: number | null;
  /** How many messages it brought. */
  readonly lastPollMessages: number | null;
}

/** A job that the daemon has not finished with. */
export interface JobStatus {
  readonly jobId: string;
  readonly image: string;
  /** What the job is at, such as `waiting`, `pulling` or `running`. */
  readonly step: string;
  readonly acceptedAt: string;
  readonly startedAt: string | null;
}

/** The disk that the runner keeps its jobs' records and logs on. */
export interface DiskStatus {
  /** Where it was looked at. */
  readonly folder: string;
  readonly freeBytes: number;
  /** `disk_min_free`. */
  readonly minFreeBytes: number;
  /** Whether there is less than that, so that new jobs are refused. */
  readonly refusesJobs: boolean;
}

/** What {@link RunnerStatus.server} says while the server refuses the runner's token. */
export const unauthorised = "unauthorised";

/** What the daemon tells of itself: the answer to `GET /status`. */
export interface RunnerStatus {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly tenantId: string;
  readonly runnerId: string;
  /** An absolute path. One of an older version does not tell. */
  readonly configFile?: string;
  readonly url: string;
  readonly runtime: string;
  /** Whether it is shutting down. */
  readonly draining: boolean;
  /** How the last call to the server went: `ok`, `unauthorised` or the failure. */
  readonly server: string;
  readonly queues: readonly QueueStatus[];
  readonly jobs: readonly JobStatus[];
  readonly capacity: { readonly running: number; readonly waiting: number; readonly maximum: number };
  /** Keys of the configuration file, as they are written, whose change waits for a restart. */
  readonly restartNeeded: readonly string[];
  /** Null when the disk cannot be looked at. */
  readonly disk: DiskStatus | null;
}

/** What the container of a running job uses. */
export interface JobUsage {
  readonly jobId: string;
  /** Processor time since its start, in seconds. */
  readonly processorSeconds: number;
  readonly memoryBytes: number;
}

/** The answer to `GET /usage`. */
export interface RunnerUsage {
  /** When it was read, in milliseconds of a clock that begins anywhere and never goes back. */
  readonly at: number;
  /** Jobs whose containers run. Those that the runtime does not tell of are left out. */
  readonly jobs: readonly JobUsage[];
}

/** The answer to `POST /jobs/ID/kill`. */
export interface KillResult {
  /** `no-such-job`: the daemon has no job of that id. */
  readonly result: "killed" | "no-such-job";
}
