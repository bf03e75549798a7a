import type { JobStatus, RunnerStatus } from "@plano/runner-home";

/** A job of the runner with what is known of its container and its log. */
export interface TopJob extends JobStatus {
  /** How many processors it keeps busy; null until that is known. */
  readonly processors: number | null;
  readonly memoryBytes: number | null;
  /** The last line of its log that says something, without control characters. */
  readonly lastLine: string | null;
}

/** The runner at a moment. */
export interface TopSample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly status: RunnerStatus;
  readonly jobs: readonly TopJob[];
}
