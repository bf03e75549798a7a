import { ApiError, createBackoff, isTransient } from "@plano/client";
import { unauthorised } from "@plano/runner-home";
import { pauseFor } from "@plano/waiting";

/** Waits between calls of one queue that fail. */
export interface PollBackoff {
  /** Milliseconds to wait after this error. */
  failed(error: unknown): number;
  succeeded(): void;
}

/** A token that is refused is not tried again sooner, however the dice fall. */
const leastAfterRefusal = 2_500;

/** Up to 250 ms, and in the end up to 30 s; after a refused token from 2.5 to 7.5 s, in the end up to 5 min. */
export function createPollBackoff(): PollBackoff {
  const usual = createBackoff({ minimum: 250, maximum: 30_000 });
  const refused = createBackoff({ minimum: 5_000, maximum: 300_000 - leastAfterRefusal });
  return {
    failed: (error) => {
      if (isRefusal(error)) return leastAfterRefusal + refused.failed();
      return usual.failed(error instanceof ApiError ? error.retryAfter : undefined);
    },
    succeeded: () => {
      usual.succeeded();
      refused.succeeded();
    },
  };
}

/** Waits after a call that failed until its time has come or the signal aborts; another token begins anew at once. */
export async function waitToRetry(
  backoff: PollBackoff,
  error: unknown,
  { renewed, signal }: { readonly renewed: AbortSignal; readonly signal: AbortSignal },
): Promise<void> {
  await pauseFor(backoff.failed(error), AbortSignal.any([renewed, signal]));
  if (renewed.aborted) backoff.succeeded();
}

/** Whether the server does not accept the runner's token. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** The failure in a word or a sentence, for the status and the log. */
export function describeServer(error: unknown): string {
  if (isRefusal(error)) return unauthorised;
  const message = error instanceof Error ? error.message : String(error);
  return isTransient(error) ? message : `refused: ${message}`;
}
