import type { Client, TurnSession } from "@plano/client";
import { openTurn } from "@plano/client";
import type { JobStatus } from "@plano/runner-home";
import { createRedaction, type Redaction } from "@plano/runtime";
import type { JobRecord } from "./job-record.ts";
import type { Journal } from "./journal.ts";

/** Why a job's work was broken off. */
export type Interruption =
  /** The daemon ends and leaves the job to the next one. */
  | { readonly kind: "left" }
  /** The turn has ended on the server, so there is nothing to report. */
  | { readonly kind: "turn-ended" }
  /** The turn is to be told why. */
  | { readonly kind: "stopped"; readonly reason: string };

/** One job of the daemon: its record, its turn, and how to break it off. */
export interface Job {
  readonly jobId: string;
  readonly record: JobRecord;
  readonly session: TurnSession;
  readonly client: Client;
  readonly redaction: Redaction;
  /** Aborts with an {@link Interruption} before the container runs; a running container is stopped instead. */
  readonly signal: AbortSignal;
  step: JobStatus["step"];
  /** Changes the record, on disk too. */
  note(change: Partial<JobRecord>): Promise<void>;
  interrupt(interruption: Interruption): void;
  readonly interruption: Interruption | undefined;
}

export interface JobOptions {
  readonly record: JobRecord;
  readonly journal: Journal;
  /** A client with the agent's token. */
  readonly client: Client;
  /** Secrets of the runner's own. */
  readonly secrets: readonly string[];
}

export function createJob({ record: first, journal, client, secrets }: JobOptions): Job {
  let record = first;
  let interruption: Interruption | undefined;
  const abort = new AbortController();
  const session = openTurn(client, first.turn);
  return {
    jobId: first.jobId,
    client,
    session,
    redaction: createRedaction([...secrets, ...first.secrets]),
    step: first.phase === "running" ? "running" : "accepted",
    signal: abort.signal,
    get record() {
      return record;
    },
    get interruption() {
      return interruption;
    },
    note: (change) => {
      record = { ...record, ...change, turn: session.turn };
      return journal.write(record);
    },
    interrupt: (reason) => {
      interruption ??= reason;
      abort.abort(reason);
    },
  };
}
