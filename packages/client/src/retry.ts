import { sleep } from "@plano/waiting";
import { type BackoffOptions, createBackoff } from "./backoff.ts";
import { ApiError, isTransient } from "./errors.ts";

export interface RetryOptions extends BackoffOptions {
  /** How many attempts there are in all. Default 3. */
  readonly attempts?: number;
  /** No attempt begins later than this many milliseconds after the first. */
  readonly within?: number;
  readonly signal?: AbortSignal | undefined;
  readonly now?: () => number;
}

/** Repeats a call that failed for a reason that may pass; rejects with the last failure. */
export async function withRetry<Result>(
  attempt: () => Promise<Result>,
  options: RetryOptions = {},
): Promise<Result> {
  const { attempts = 3, within = Number.POSITIVE_INFINITY, signal, now = Date.now } = options;
  const backoff = createBackoff(options);
  const start = now();
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (count >= attempts || !isTransient(error)) throw error;
      const wait = backoff.failed(error instanceof ApiError ? error.retryAfter : undefined);
      if (now() - start + wait > within) throw error;
      await sleep(wait, signal);
    }
  }
}
