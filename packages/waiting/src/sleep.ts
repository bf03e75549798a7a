/** Resolves after some milliseconds; rejects with the signal's reason when it aborts first. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** Resolves after some milliseconds, or when the signal aborts: for loops that look at the signal themselves. */
export function pauseFor(milliseconds: number, signal: AbortSignal): Promise<void> {
  // The signal is all that a sleep rejects for.
  return sleep(milliseconds, signal).catch(() => {});
}
