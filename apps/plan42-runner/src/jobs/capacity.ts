/** Places for jobs that run, and a queue for those that wait. */
export interface Capacity {
  readonly running: number;
  readonly waiting: number;
  /** How many jobs may run and wait together. */
  maximum(): number;
  /** Takes a place whatever the limit is: the job runs already. */
  take(): void;
  /** Resolves when the job has a place; `onWait` is called first if it has to wait. Rejects on abort. */
  enter(signal: AbortSignal, onWait: () => void): Promise<void>;
  leave(): void;
  /** Gives places to those that wait, if the limit has grown. */
  admit(): void;
}

/** How many times the running jobs may wait. */
const waitingFactor = 2;

/** `limit` is asked each time, so that it can change; those that wait hear of it by `admit`. */
export function createCapacity(limit: () => number): Capacity {
  let running = 0;
  const queue: (() => void)[] = [];
  const admit = () => {
    while (queue.length > 0 && running < limit()) {
      running += 1;
      queue.shift()?.();
    }
  };
  return {
    get running() {
      return running;
    },
    get waiting() {
      return queue.length;
    },
    maximum: () => limit() * (1 + waitingFactor),
    take: () => {
      running += 1;
    },
    enter: async (signal, onWait) => {
      signal.throwIfAborted();
      if (running < limit()) {
        running += 1;
        return;
      }
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      queue.push(resolve);
      const abort = () => {
        const index = queue.indexOf(resolve);
        if (index >= 0) queue.splice(index, 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      onWait();
      try {
        await promise;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    },
    leave: () => {
      running -= 1;
      admit();
    },
    admit,
  };
}
