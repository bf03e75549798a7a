import type { RunnerConfig } from "@plano/runner-home";
import type { ImagePuller, JobContainers } from "@plano/runtime";
import type { Logger } from "pino";
import type { GithubConnections } from "../host/github-connections.ts";
import type { Measures } from "../host/measures.ts";
import type { Capacity } from "./capacity.ts";
import type { JobOutcome } from "./job-outcome.ts";
import type { Journal } from "./journal.ts";

/** What jobs need of the daemon. */
export interface JobDependencies {
  /** The configuration as it is at the moment. */
  readonly settings: () => RunnerConfig;
  readonly containers: JobContainers;
  readonly puller: ImagePuller;
  readonly journal: Journal;
  readonly capacity: Capacity;
  readonly githubs: GithubConnections;
  readonly measures: Measures;
  /** Is told of every job that has ended, once its container is known to. */
  readonly onOutcome: (outcome: JobOutcome) => void;
  readonly log: Logger;
  /** The file of a job's log. */
  readonly logFile: (jobId: string) => string;
  /** Where the images that jobs ran in are noted, for those who clear up. */
  readonly imagesFolder: string;
  /** Between two signs of life to a turn, in milliseconds. */
  readonly heartbeatMilliseconds: number;
  /** Between two looks at a running job's turn, in milliseconds. */
  readonly watchMilliseconds: number;
}
