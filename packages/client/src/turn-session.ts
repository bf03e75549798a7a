import {
  type BodyOf,
  errorTypes,
  isTerminal,
  type PathOf,
  type Turn,
  type TurnLogEntry,
  turnSchema,
} from "@plano/protocol";
import type { Client } from "./client.ts";
import { changeVersioned, conflictingObject } from "./conflict.ts";
import { ApiError } from "./errors.ts";
import { type RetryOptions, withRetry } from "./retry.ts";

/** Reports on one turn. Its calls follow one another, so that none spoils the version of the next. */
export interface TurnSession {
  /** The turn as the server last showed it. */
  readonly turn: Turn;
  /** Changes the turn; an empty body is a sign of life. Resolves to false if it has ended meanwhile. */
  update(body: BodyOf<"updateTurn">, retry?: RetryOptions): Promise<boolean>;
  /**
   * Appends to the turn's log, once, whatever answers are lost. A turn that has ended takes lines for a moment
   * longer, if its server lets it. Resolves to false if it takes no more.
   */
  appendLogs(entries: readonly TurnLogEntry[], retry?: RetryOptions): Promise<boolean>;
}

/** A session for a turn as an agent's or a user's token sees it. */
export function openTurn(client: Client, turn: Turn): TurnSession {
  const path: PathOf<"getTurn"> = {
    tenantId: turn.TenantId,
    taskId: turn.TaskId,
    turnIndex: String(turn.TurnIndex),
  };
  let known = turn;
  let nextIndex: number | undefined;
  let isUnsure = false;
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };

  const change = async (send: (version: number) => Promise<void>, isForOpen = true): Promise<boolean> => {
    if (isForOpen && isTerminal(known.Status)) return false;
    try {
      return await changeVersioned(known, {
        schema: turnSchema,
        change: async (current) => {
          known = current;
          if (isForOpen && isTerminal(current.Status)) return false;
          await send(current.Version);
          return true;
        },
      });
    } catch (error) {
      known = conflictingObject(error, turnSchema) ?? known;
      if (isTerminal(known.Status) || isCompleted(error)) return false;
      throw error;
    }
  };

  const lastLogIndex = async (): Promise<number> => {
    try {
      return (await client.call("getLastTurnLog", { path })).Index;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return -1;
      throw error;
    }
  };

  return {
    get turn() {
      return known;
    },
    update: (body, retry) =>
      inTurn(() =>
        withRetry(
          () =>
            change(async (version) => {
              known = await client.call("updateTurn", { path, ifMatch: version, body });
            }),
          retry,
        ),
      ),
    appendLogs: (entries, retry) =>
      inTurn(async () => {
        nextIndex ??= (await withRetry(lastLogIndex, retry)) + 1;
        const first = nextIndex;
        const done = await withRetry(
          () =>
            change(async (version) => {
              // An attempt whose answer was lost may have been the one that counted.
              if (isUnsure && (await lastLogIndex()) >= first + entries.length - 1) return;
              isUnsure = true;
              const { Version } = await client.call("uploadTurnLogs", {
                path,
                ifMatch: version,
                body: { Index: first, Logs: [...entries] },
              });
              known = { ...known, Version };
            }, false),
          retry,
        );
        isUnsure = false;
        if (done) nextIndex = first + entries.length;
        return done;
      }),
  };
}

function isCompleted(error: unknown): boolean {
  return error instanceof ApiError && error.errorType === errorTypes.updateCompletedTurn;
}
