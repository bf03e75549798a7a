import { getEventListeners } from "node:events";
import { vi } from "vitest";

/** The signals of all controllers that are made from now on. */
export interface SignalWatch {
  /** How many listeners the one has that has most. */
  mostListeners(): number;
  stop(): void;
}

export function watchSignals(): SignalWatch {
  let signals: WeakRef<AbortSignal>[] = [];
  const RealController = AbortController;
  vi.stubGlobal(
    "AbortController",
    class extends RealController {
      constructor() {
        super();
        signals.push(new WeakRef(this.signal));
      }
    },
  );
  return {
    mostListeners: () => {
      signals = signals.filter((signal) => signal.deref() !== undefined);
      const counts = signals.map((signal) => {
        const target = signal.deref();
        return target === undefined ? 0 : getEventListeners(target, "abort").length;
      });
      return Math.max(0, ...counts);
    },
    stop: () => vi.unstubAllGlobals(),
  };
}
