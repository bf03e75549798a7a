import { batchSize } from "@plano/protocol";
import type { Logger } from "pino";
import { type Queue, type QueueDependencies, startQueue } from "./queue.ts";
import { createLoadMeter, decideScale } from "./scale.ts";

export interface QueuePoolOptions {
  readonly dependencies: Omit<QueueDependencies, "onPoll" | "renewed">;
  /** How many queues there may be; asked at each decision. */
  readonly maximum: () => number;
  readonly log: Logger;
}

/** The runner's queues: at least one, more under load, and each that is lost is replaced. */
export interface QueuePool {
  readonly queues: readonly Queue[];
  /** When any queue was last answered, in milliseconds since 1970. */
  readonly lastPollAt: number | undefined;
  start(): void;
  /** The token is another: what waits after a failed call is tried at once. */
  renew(): void;
  /** Resolves when the first queue is registered, or has ended. */
  registered(): Promise<void>;
  /** Drains all queues and resolves when they are gone. No queue is started any more. */
  drain(): Promise<void>;
  /** Ends the draining early: polls are broken off. */
  force(): void;
}

const tickMilliseconds = 1000;
/** Between the loss of a queue and its replacement, so that a server that loses all is not flooded. */
const replaceMilliseconds = 1000;

export function createQueuePool({ dependencies, maximum, log }: QueuePoolOptions): QueuePool {
  const queues = new Set<Queue>();
  const meter = createLoadMeter();
  let expected = 0;
  let windowStart = performance.now();
  let lastEvent = windowStart;
  let lastStart = Number.NEGATIVE_INFINITY;
  let isDraining = false;
  let renewal = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  const add = () => {
    lastStart = performance.now();
    const queue = startQueue({
      ...dependencies,
      renewed: () => renewal.signal,
      onPoll: (milliseconds, messages) => meter.polled(milliseconds, messages / batchSize),
    });
    queues.add(queue);
    void queue.ended.then(() => {
      queues.delete(queue);
      replaceLost();
    });
  };
  const active = () => [...queues].filter(({ phase }) => phase === "registering" || phase === "polling");
  const replaceLost = () => {
    if (isDraining || active().length >= expected) return;
    const wait = Math.max(0, lastStart + replaceMilliseconds - performance.now());
    setTimeout(() => {
      if (!isDraining && active().length < expected) add();
    }, wait).unref();
  };
  const changed = (now: number) => {
    lastEvent = now;
    windowStart = now;
    meter.reset();
  };

  const tick = () => {
    const now = performance.now();
    const polling = active().filter(({ phase }) => phase === "polling");
    const decision = decideScale(
      { expected, actual: polling.length, maximum: maximum(), windowStart, lastEvent, load: meter.load() },
      now,
    );
    switch (decision.action) {
      case "wait":
        return;
      case "reset":
        windowStart = now;
        meter.reset();
        return;
      case "add":
        expected += decision.count;
        log.info({ queues: expected }, "more queues");
        for (let count = 0; count < decision.count; count += 1) add();
        changed(now);
        return;
      case "remove":
        expected -= 1;
        log.info({ queues: expected }, "one queue less");
        polling.at(-1)?.drain();
        changed(now);
    }
  };

  return {
    get queues() {
      return [...queues];
    },
    get lastPollAt() {
      return [...queues].reduce<number | undefined>(
        (latest, { lastPoll }) =>
          lastPoll !== undefined && lastPoll.at > (latest ?? 0) ? lastPoll.at : latest,
        undefined,
      );
    },
    start: () => {
      expected = 1;
      add();
      timer = setInterval(tick, tickMilliseconds);
    },
    renew: () => {
      renewal.abort();
      renewal = new AbortController();
    },
    registered: async () => {
      await [...queues][0]?.registered;
    },
    drain: async () => {
      isDraining = true;
      clearInterval(timer);
      for (const queue of queues) queue.drain();
      await Promise.all([...queues].map(({ ended }) => ended));
    },
    force: () => {
      for (const queue of queues) queue.force();
    },
  };
}
