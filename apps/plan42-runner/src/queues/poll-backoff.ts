import { ApiError, createBackoff, isTransient } from "@plano/client";

/** Waits between calls of one queue that fail. */
export interface PollBackoff {
  /** Milliseconds to wait after this error. */
  failed(error: unknown): number;
  succeeded(): void;
}

/** 250 ms to 30 s; a token that is refused is tried again after 5 s to 5 min. */
export function createPollBackoff(): PollBackoff {
  const usual = createBackoff({ minimum: 250, maximum: 30_000 });
  const refused = createBackoff({ minimum: 5_000, maximum: 300_000 });
  return {
    failed: (error) => {
      if (isRefusal(error)) return refused.failed();
      return usual.failed(error instanceof ApiError ? error.retryAfter : undefined);
    },
    succeeded: () => {
      usual.succeeded();
      refused.succeeded();
    },
  };
}

/** Whether the server does not accept the runner's token. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}

/** The failure in a word or a sentence, for the status and the log. */
export function describeServer(error: unknown): string {
  if (isRefusal(error)) return "unauthorised";
  const message = error instanceof Error ? error.message : String(error);
  return isTransient(error) ? message : `refused: ${message}`;
}
