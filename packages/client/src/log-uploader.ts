import { type TurnLogEntry, turnLogLimits } from "@plano/protocol";
import { sleep } from "@plano/waiting";
import { createBackoff } from "./backoff.ts";
import { ApiError, isTransient } from "./errors.ts";
import type { TurnSession } from "./turn-session.ts";

export interface LogUploaderOptions {
  readonly session: Pick<TurnSession, "appendLogs">;
  /** How long a line waits for others to go with it, in milliseconds. Default 100. */
  readonly interval?: number;
  /** How many bytes wait for a server that is away before lines are dropped. Default 8 MiB. */
  readonly bufferLimit?: number;
  readonly now?: () => Date;
}

/** Sends a job's output to its turn's log, in order, in batches. */
export interface LogUploader {
  /** Takes one line, without its end. Never blocks. */
  add(message: string): void;
  /** Sends what is left; resolves when all is there, the turn has ended, or the signal aborts. */
  close(signal?: AbortSignal): Promise<void>;
}

/** What one entry costs besides its text: braces, keys, the time. */
const entryOverhead = 80;
const longestMessage = 64 * 1024;
const encoder = new TextEncoder();

/** An uploader that begins to send with its first line. */
export function createLogUploader({
  session,
  interval = 100,
  bufferLimit = 8 * 1024 * 1024,
  now = () => new Date(),
}: LogUploaderOptions): LogUploader {
  let waiting: { entry: TurnLogEntry; size: number }[] = [];
  let waitingSize = 0;
  let dropped = 0;
  let ended = false;
  let running: Promise<void> | undefined;
  const stop = new AbortController();
  const hurry = new AbortController();

  const push = (message: string) => {
    const text = message.length > longestMessage ? `${message.slice(0, longestMessage)} […]` : message;
    const size = encoder.encode(JSON.stringify(text)).length + entryOverhead;
    waiting.push({ entry: { Timestamp: now().toISOString(), Message: text }, size });
    waitingSize += size;
  };

  const takeBatch = (): TurnLogEntry[] => {
    if (dropped > 0) {
      push(`[${dropped} lines were dropped: the server did not take them in time]`);
      dropped = 0;
    }
    let count = 0;
    let size = 0;
    for (const { size: next } of waiting) {
      if (count === turnLogLimits.entries || size + next > turnLogLimits.bytes - 1024) break;
      size += next;
      count += 1;
    }
    waitingSize -= size;
    return waiting.splice(0, count).map(({ entry }) => entry);
  };

  const sendBatch = async (batch: readonly TurnLogEntry[]) => {
    const backoff = createBackoff({ minimum: 250, maximum: 10_000 });
    for (;;) {
      try {
        ended = !(await session.appendLogs(batch, { attempts: 1 }));
        return;
      } catch (error) {
        if (!isTransient(error)) {
          // The server refuses this log for good, for instance because the token is no longer valid.
          ended = true;
          return;
        }
        await sleep(backoff.failed(error instanceof ApiError ? error.retryAfter : undefined), stop.signal);
      }
    }
  };

  const run = async () => {
    while (waiting.length > 0 && !ended) {
      if (waiting.length < turnLogLimits.entries) await sleep(interval, hurry.signal).catch(() => {});
      await sendBatch(takeBatch());
    }
  };

  const start = () => {
    running ??= run()
      // Only stopping ends it early; then nobody waits for the rest.
      .catch(() => {
        ended = true;
      })
      .finally(() => {
        running = undefined;
        if (waiting.length > 0 && !ended) start();
      });
  };

  return {
    add: (message) => {
      if (ended) return;
      if (waitingSize > bufferLimit) {
        dropped += 1;
        return;
      }
      push(message);
      start();
    },
    close: async (signal) => {
      const abort = () => stop.abort(signal?.reason);
      signal?.addEventListener("abort", abort, { once: true });
      if (signal?.aborted) abort();
      hurry.abort();
      while (running !== undefined) await running;
      signal?.removeEventListener("abort", abort);
      ended = true;
      waiting = [];
    },
  };
}
