/** What the scaler knows. Times are in milliseconds since any fixed point. */
export interface ScaleFacts {
  /** Queues that there should be, draining ones not counted. */
  readonly expected: number;
  /** Queues that there are, draining ones not counted. */
  readonly actual: number;
  readonly maximum: number;
  /** Since when the load is measured. */
  readonly windowStart: number;
  /** When the number of queues last changed. */
  readonly lastEvent: number;
  /** Mean share of a batch that polls brought, each weighted by its duration; undefined without polls. */
  readonly load: number | undefined;
}

/** What is to be done: `reset` begins a new window; so do the changes. */
export type ScaleDecision =
  | { readonly action: "wait" }
  | { readonly action: "reset" }
  | { readonly action: "add"; readonly count: number }
  | { readonly action: "remove" };

const minute = 60_000;
const busy = 0.8;
const idle = 0.4;
const wait: ScaleDecision = { action: "wait" };
const reset: ScaleDecision = { action: "reset" };

/** Doubles the queues after a busy minute, and takes one away after two idle ones. */
export function decideScale(facts: ScaleFacts, now: number): ScaleDecision {
  const { expected, actual, maximum, load } = facts;
  const window = now - facts.windowStart;
  const quiet = now - facts.lastEvent;
  if (expected !== actual || window < minute || quiet < minute || load === undefined) return wait;
  if (load >= busy) {
    const count = Math.min(expected, maximum - expected);
    return count > 0 ? { action: "add", count } : reset;
  }
  if (window < 2 * minute) return wait;
  if (quiet < 2 * minute) return reset;
  if (load <= idle && expected > 1) return { action: "remove" };
  return reset;
}

/** Measures how full the batches are. */
export interface LoadMeter {
  /** A poll took so many milliseconds and brought this share, 0 to 1, of a full batch. */
  polled(milliseconds: number, share: number): void;
  load(): number | undefined;
  reset(): void;
}

export function createLoadMeter(): LoadMeter {
  let time = 0;
  let weighted = 0;
  return {
    polled: (milliseconds, share) => {
      // A poll that is answered at once still counts for something.
      const weight = Math.max(1, milliseconds);
      time += weight;
      weighted += weight * share;
    },
    load: () => (time === 0 ? undefined : weighted / time),
    reset: () => {
      time = 0;
      weighted = 0;
    },
  };
}
