import { AppError, describeCause } from "@plano/errors";

/** What a check has found. */
export interface Finding {
  /** What was looked at, such as `token`. */
  readonly check: string;
  readonly verdict: "ok" | "warning" | "failure" | "skipped";
  readonly detail: string;
  /** What mends it; null if there is nothing to mend. */
  readonly mend: string | null;
}

export function ok(check: string, detail: string): Finding {
  return { check, verdict: "ok", detail, mend: null };
}

export function warning(check: string, detail: string, mend: string): Finding {
  return { check, verdict: "warning", detail, mend };
}

export function failure(check: string, detail: string, mend: string): Finding {
  return { check, verdict: "failure", detail, mend };
}

export function skipped(check: string, detail: string): Finding {
  return { check, verdict: "skipped", detail, mend: null };
}

/** The failure that an error stands for. Its own hint is what mends it, unless there is a better one. */
export function failed(check: string, error: unknown, mend?: string): Finding {
  const hint = error instanceof AppError ? error.hint : undefined;
  const detail = error instanceof Error ? error.message : describeCause(error);
  return failure(check, detail, mend ?? hint ?? "plan42 runner config sets the runner up anew.");
}
