import type { Tokens } from "../auth/tokens.ts";
import type { Broker } from "../broker/broker.ts";
import type { Database } from "../database/database.ts";
import type { Events } from "../events/events.ts";
import type { QueueRegistry } from "./queue-registry.ts";
import type { RunnerCalls } from "./runner-calls.ts";
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
  /** Without a sign of life, after which a turn fails. */
  readonly turnSilence: number;
}

export const defaultTiming: Timing = {
  checkInterval: 30_000,
  pingLimit: 5_000,
  answerLimit: 30_000,
  fetchLimit: 5_000,
  runnerWait: 60_000,
  turnSilence: 300_000,
};

/** What the handlers work with. */
export interface Services {
  readonly database: Database;
  readonly events: Events;
  readonly broker: Broker;
  readonly tokens: Tokens;
  readonly queues: QueueRegistry;
  readonly calls: RunnerCalls;
  readonly dispatch: TurnDispatch;
  readonly timing: Timing;
  readonly now: () => Date;
  /** Aborts when the server stops: whoever waits shall answer now. */
  readonly stop: AbortSignal;
  readonly onError: (error: unknown) => void;
}
