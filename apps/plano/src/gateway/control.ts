import { connect } from "node:net";
import type { Submission } from "./candidate.ts";

/** The configuration in force. */
export interface InForce {
  /** Counted from 1 at the start of the data plane. */
  readonly version: number;
  readonly applied_at_ms: number;
  /** What was different from the version before, a line each. */
  readonly changes: readonly string[];
}

/** What became of a configuration that was handed in. */
export type Outcome =
  | ({ readonly outcome: "applied" | "unchanged" } & InForce)
  | { readonly outcome: "refused"; readonly reason: string; readonly needs_restart: boolean };

const limitMilliseconds = 30_000;

/** Hands a configuration in at the socket of a running data plane; undefined if there is nobody who answers. */
export function submit(socketPath: string, submission: Submission): Promise<Outcome | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path: socketPath, allowHalfOpen: true });
    let answer = "";
    socket.setTimeout(limitMilliseconds, () => socket.destroy());
    socket.setEncoding("utf8").on("data", (text: string) => (answer += text));
    socket.on("connect", () => socket.end(JSON.stringify(submission)));
    // What an error means to the caller is that no answer came.
    socket.on("error", () => {});
    socket.on("close", () => resolve(parseOutcome(answer)));
  });
}

function parseOutcome(text: string): Outcome | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
