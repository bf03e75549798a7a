import { errorTypes } from "@plano/protocol";
import { Failure } from "../http/failure.ts";

/** Lets so many calls a second through for each key, and twice as many in a burst. */
export interface RateLimit {
  /** Throws a 429 that says when to come back. */
  take(key: string): void;
}

const mostKeys = 10_000;

/** A limit of `perSecond` calls for each key; 0 is no limit. `now` gives milliseconds. */
export function createRateLimit(perSecond: number, now: () => number): RateLimit {
  const burst = perSecond * 2;
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (key) => {
      if (perSecond === 0) return;
      const time = now();
      let bucket = buckets.get(key);
      if (!bucket) {
        // Whoever is forgotten starts anew with a full bucket, which is harmless.
        if (buckets.size >= mostKeys) buckets.clear();
        bucket = { left: burst, at: time };
        buckets.set(key, bucket);
      }
      bucket.left = Math.min(burst, bucket.left + ((time - bucket.at) / 1000) * perSecond);
      bucket.at = time;
      if (bucket.left < 1) {
        throw new Failure(429, errorTypes.tooManyRequests, `more than ${perSecond} requests a second`, {
          retryAfter: Math.max(1, Math.ceil((1 - bucket.left) / perSecond)),
        });
      }
      bucket.left -= 1;
    },
  };
}
