export interface BackoffOptions {
  /** First upper bound of a wait, in milliseconds. Default 250. */
  readonly minimum?: number;
  /** Last upper bound, in milliseconds. Default 30,000. */
  readonly maximum?: number;
  /** A number from 0 to 1, 1 excluded. */
  readonly random?: () => number;
}

/** How long to wait between attempts that fail: full jitter below a bound that doubles. One for each loop. */
export interface Backoff {
  /** An attempt failed; returns how long to wait, in milliseconds, no less than the server asked for. */
  failed(retryAfter?: number): number;
  succeeded(): void;
}

/** A backoff that has seen no failure yet. */
export function createBackoff({
  minimum = 250,
  maximum = 30_000,
  random = Math.random,
}: BackoffOptions = {}): Backoff {
  let bound = 0;
  return {
    failed: (retryAfter = 0) => {
      bound = bound === 0 ? minimum : Math.min(bound * 2, maximum);
      // Those who were told the same time to wait still come back apart.
      return retryAfter > 0 ? retryAfter + random() * Math.min(minimum, retryAfter) : random() * bound;
    },
    succeeded: () => {
      bound = 0;
    },
  };
}
