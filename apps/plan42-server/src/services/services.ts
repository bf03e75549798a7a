import type { Tokens } from "../auth/tokens.ts";
import type { Broker } from "../broker/broker.ts";
import type { Database } from "../database/database.ts";
import type { Events } from "../events/events.ts";
import type { Vault } from "../secrets/vault.ts";
import type { QueueRegistry } from "./queue-registry.ts";
import type { RunnerCalls } from "./runner-calls.ts";
import type { ServerGithub } from "./server-github.ts";
import type { TurnDispatch } from "./turn-dispatch.ts";

/** Times that tests and operators may want otherwise, in milliseconds. */
export interface Timing {
  /** Between two health checks of a queue. */
  readonly checkInterval: number;
  /** For the answer to a ping. */
  readonly pingLimit: number;
  /** For the answer to any other request. */
  readonly answerLimit: number;
  /** For a message to be fetched before another queue is tried. */
  readonly fetchLimit: number;
  /** For a new turn to find a runner with a healthy queue. */
  readonly runnerWait: number;
  /** For a runner to say that it has a new turn, however often it is asked. */
  readonly unansweredWait: number;
  /** Without a sign of life, after which a turn fails. */
  readonly turnSilence: number;
  /** After the end of a turn, for lines of its log that were still on their way. */
  readonly lateLogs: number;
  /** After the last news of a turn that has ended, before those who follow its log are let go. */
  readonly logQuiet: number;
  /** After which tasks that have ended are removed, and tokens that are no longer good; 0 for never. */
  readonly retention: number;
}

/** What the log of one turn may hold. */
export interface LogLimits {
  readonly entries: number;
  readonly bytes: number;
}

export const defaultTiming: Timing = {
  checkInterval: 30_000,
  pingLimit: 5_000,
  answerLimit: 30_000,
  fetchLimit: 5_000,
  runnerWait: 60_000,
  unansweredWait: 150_000,
  turnSilence: 300_000,
  lateLogs: 600_000,
  logQuiet: 2_000,
  retention: 90 * 24 * 60 * 60 * 1000,
};

export const defaultLogLimits: LogLimits = { entries: 500_000, bytes: 64 * 1024 * 1024 };

/** What the handlers work with. */
export interface Services {
  readonly database: Database;
  /** Gives back the space of rows that were removed, where the database does not do so by itself. */
  readonly reclaim: () => Promise<void>;
  readonly events: Events;
  readonly broker: Broker;
  readonly tokens: Tokens;
  readonly vault: Vault;
  readonly github: ServerGithub;
  readonly queues: QueueRegistry;
  readonly calls: RunnerCalls;
  readonly dispatch: TurnDispatch;
  /** The URL under which agents in containers reach the server. */
  readonly agentUrl: string;
  readonly timing: Timing;
  readonly logLimits: LogLimits;
  readonly now: () => Date;
  /** Aborts when the server stops: whoever waits shall answer now. */
  readonly stop: AbortSignal;
  readonly onError: (error: unknown) => void;
}
