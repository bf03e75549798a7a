import type { Client, TurnSession } from "@plano/client";
import { openTurn } from "@plano/client";
import type { JobStatus } from "@plano/runner-home";
import { createRedaction, type Redaction } from "@plano/runtime";
import type { Logger } from "pino";
import type { JobRecord } from "./job-record.ts";
import type { Journal } from "./journal.ts";

/** Why a job's work was broken off. */
export type Interruption =
  /** The daemon ends and leaves the job to the next one. */
  | { readonly kind: "left" }
  /** The turn has ended on the server, so there is nothing to report. */
  | { readonly kind: "turn-ended" }
  /** Another installation of the runner has it, and reports. */
  | { readonly kind: "elsewhere" }
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
  /** Changes the record, on disk too. Rejects if that cannot be written; in memory it is changed all the same. */
  note(change: Partial<JobRecord>): Promise<void>;
  /** The same for what the job can go on without: a disk that is full must not end it. Never rejects. */
  tryToNote(change: Partial<JobRecord>, log: Logger): Promise<void>;
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
  const note = (change: Partial<JobRecord>) => {
    record = { ...record, ...change, turn: session.turn };
    return journal.write(record);
  };
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
    note,
    tryToNote: async (change, log) => {
      try {
        await note(change);
      } catch (error) {
        log.error({ jobID: first.jobId, err: error }, "a job's record could not be written");
      }
    },
    interrupt: (reason) => {
      interruption ??= reason;
      abort.abort(reason);
    },
  };
}
