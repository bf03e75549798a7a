import type { Turn } from "@plano/protocol";
import type { InvokeRequest } from "./check-request.ts";

/** Why an operator's job ended, as its turn is told. */
export const killedByOperator = "Killed on runner by operator";

/**
 * What the journal keeps of a job, so that a new process can go on with it:
 *
 * - `accepted`: the job was taken on; it may have left a network or a container that never ran.
 * - `starting`: its container exists, and may have been started.
 * - `running`: its container was started and got its input.
 * - `ended`: its container has ended, and what is to be reported is known.
 */
export interface JobRecord {
  readonly jobId: string;
  /** The turn as the server last showed it. */
  readonly turn: Turn;
  readonly agentToken: string;
  /** Everything that must not get into its log. */
  readonly secrets: readonly string[];
  readonly image: string;
  /** The runtime that has its container, by its name; absent in records of older versions. */
  readonly runtime?: string;
  readonly acceptedAt: string;
  readonly phase: "accepted" | "starting" | "running" | "ended";
  /** What was asked for, until the job runs: one that has not begun is begun by the next daemon. */
  readonly request?: InvokeRequest | undefined;
  readonly startedAt?: string;
  /** Where this attempt begins in the log's file. */
  readonly logOffset?: number;
  /** Whether the runner sends the log to the turn while the job runs. */
  readonly forwardsLog?: boolean;
  /** Whether the job may connect to the hosts of a list only. */
  readonly limitsHosts?: boolean;
  /** Why the runner asked the container to end. */
  readonly stopReason?: string;
  /** What the turn is to be told; absent when it needs to be told nothing. */
  readonly failure?: string;
}
