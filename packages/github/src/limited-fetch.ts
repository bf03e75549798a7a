import { setTimeout as delay } from "node:timers/promises";
import { GithubError } from "./github-error.ts";
import { rateLimitedUntil } from "./rate-limit.ts";

export interface LimitedFetchOptions {
  readonly fetch: typeof fetch;
  /** Limit for one try, in milliseconds. */
  readonly timeoutMilliseconds: number;
  /** A rate limit that ends within this many milliseconds is waited for; others fail at once. */
  readonly patienceMilliseconds: number;
  readonly now: () => number;
}

/**
 * `fetch` with a deadline, and with regard for rate limits: a short one is waited for, and during a long
 * one GitHub is not asked at all.
 */
export function createLimitedFetch(options: LimitedFetchOptions): typeof fetch {
  const { now, patienceMilliseconds } = options;
  let blockedUntil = 0;

  const attempt = async (url: string, method: string, init: RequestInit | undefined): Promise<Response> => {
    const limit = AbortSignal.timeout(options.timeoutMilliseconds);
    const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit;
    try {
      return await options.fetch(url, { ...init, signal });
    } catch (cause) {
      if (init?.signal?.aborted) throw init.signal.reason;
      const reason = limit.aborted ? "no answer in time" : `no answer: ${innermostMessage(cause)}`;
      throw new GithubError({ method, url, reason, cause });
    }
  };

  return async (input, init) => {
    const url = typeof input === "string" ? input : input instanceof URL ? input.href : input.url;
    const method = init?.method ?? "GET";
    for (let count = 1; ; count += 1) {
      const wait = blockedUntil - now();
      if (wait > patienceMilliseconds) {
        throw new GithubError({
          method,
          url,
          status: 429,
          reason: "API rate limit exceeded",
          hint: `calls go on at ${new Date(blockedUntil).toISOString()}`,
        });
      }
      if (wait > 0) await delay(wait, undefined, init?.signal ? { signal: init.signal } : {});
      const response = await attempt(url, method, init);
      const until = rateLimitedUntil(response.status, response.headers, now());
      if (until === undefined) return response;
      blockedUntil = until;
      if (count > 1) return response;
    }
  };
}

function innermostMessage(cause: unknown): string {
  let inner = cause;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message : String(inner);
}
