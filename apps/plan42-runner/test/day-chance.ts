/** Chance that is the same for the same seed and name. */
export interface Chance {
  /** From 0 to 1, 1 excluded. */
  next(): number;
  /** A number between two; the logarithm of it is spread evenly, so that small ones come as often as large ones. */
  between(low: number, high: number): number;
  /** How long until the next of events that come at random, so many milliseconds apart on average. */
  wait(mean: number): number;
  is(probability: number): boolean;
  /** One of these, each as likely as its weight says. */
  pick<Name extends string>(weights: Readonly<Record<Name, number>>): Name;
}

export function createChance(seed: number, name: string): Chance {
  let state = [...name].reduce((sum, letter) => Math.imul(sum ^ letter.charCodeAt(0), 0x01000193), seed | 0);
  // mulberry32
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low * (high / low) ** next(),
    wait: (mean) => -Math.log(1 - next()) * mean,
    is: (probability) => next() < probability,
    pick: <Name extends string>(weights: Readonly<Record<Name, number>>) => {
      const entries = Object.entries(weights) as [Name, number][];
      let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      for (const [choice, weight] of entries) {
        left -= weight;
        if (left < 0) return choice;
      }
      throw new Error("nothing to pick from");
    },
  };
}
