/** Counts what is in flight, and lets others wait until there is room or nothing is left. */
export interface Gate {
  readonly count: number;
  /** Runs a task inside; it never makes the gate fail. */
  run(task: () => Promise<void>): void;
  /** Resolves when fewer than the limit are inside, or the signal aborts. */
  room(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is inside, or the signal aborts. */
  empty(signal: AbortSignal): Promise<void>;
}

export function createGate(limit: number, onError: (error: unknown) => void): Gate {
  let count = 0;
  const waiting = new Set<() => void>();

  const until = async (holds: () => boolean, signal: AbortSignal) => {
    while (!holds() && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const done = () => resolve();
      waiting.add(done);
      signal.addEventListener("abort", done, { once: true });
      await promise;
      waiting.delete(done);
      signal.removeEventListener("abort", done);
    }
  };

  return {
    get count() {
      return count;
    },
    run: (task) => {
      count += 1;
      void task()
        .catch(onError)
        .finally(() => {
          count -= 1;
          for (const wake of [...waiting]) wake();
        });
    },
    room: (signal) => until(() => count < limit, signal),
    empty: (signal) => until(() => count === 0, signal),
  };
}
