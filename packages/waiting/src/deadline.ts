/**
 * Runs work under a signal that aborts after some milliseconds, with a `TimeoutError`, or with the outer signal.
 * Nothing of it is left when the work is over.
 */
export async function withDeadline<Result>(
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<Result>,
  outer?: AbortSignal,
): Promise<Result> {
  const limit = new AbortController();
  const stop = () => limit.abort(outer?.reason);
  const timer = setTimeout(() => {
    limit.abort(new DOMException(`it took longer than ${milliseconds / 1000} s`, "TimeoutError"));
  }, milliseconds);
  if (outer?.aborted) stop();
  else outer?.addEventListener("abort", stop, { once: true });
  try {
    return await work(limit.signal);
  } finally {
    clearTimeout(timer);
    outer?.removeEventListener("abort", stop);
  }
}
