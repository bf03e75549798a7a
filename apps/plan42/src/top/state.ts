import type { TopSample } from "./sample.ts";

/** What a key means, wherever it is pressed. */
export type Key =
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "home"
  | "end"
  | "log"
  | "kill"
  | "yes"
  | "help"
  | "back"
  | "quit"
  | "suspend"
  | "other";

/** A job's log on the screen. */
export interface OpenLog {
  readonly jobId: string;
  /** The last lines, without control characters. */
  readonly lines: readonly string[];
  /** What has come of a line that is not at its end. */
  readonly rest: string;
  /** How many lines below the window are not seen; at 0 it goes along with what is added. */
  readonly below: number;
}

interface Notice {
  readonly text: string;
  readonly isError: boolean;
}

/** All that is on the screen. */
export interface TopState {
  /** Undefined when no runner runs. */
  readonly sample: TopSample | undefined;
  /** The job that keys are about. */
  readonly chosen: string | undefined;
  /** The job that the user is asked about before it is killed. */
  readonly asked: string | undefined;
  readonly log: OpenLog | undefined;
  /** The chosen line of the keys; undefined while they are not shown. */
  readonly helpLine: number | undefined;
  readonly notice: Notice | undefined;
}

export type Action =
  | { readonly type: "sampled"; readonly sample: TopSample | undefined }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "key"; readonly key: Key }
  | { readonly type: "log-text"; readonly jobId: string; readonly text: string }
  | { readonly type: "killed"; readonly jobId: string; readonly isThere: boolean };

export type Effect =
  | { readonly type: "quit" }
  | { readonly type: "suspend" }
  | { readonly type: "follow-log"; readonly jobId: string }
  | { readonly type: "leave-log" }
  | { readonly type: "kill"; readonly jobId: string };

export function openTop(sample: TopSample): TopState {
  return {
    sample,
    chosen: sample.jobs[0]?.jobId,
    asked: undefined,
    log: undefined,
    helpLine: undefined,
    notice: undefined,
  };
}
