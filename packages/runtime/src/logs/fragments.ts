/** So many bytes in a row of a random text are taken for a part of it. */
export const fragmentLength = 12;

/** Tells parts of random texts, by their hash. */
interface Fragments {
  readonly isEmpty: boolean;
  /** Whether the bytes that were fed last are such a part. */
  feed(byte: number): boolean;
  /** How many of the bytes that were fed last may be the beginning of a part. */
  readonly depth: number;
  /** Forgets what was fed. */
  reset(): void;
}

const factor = 16_777_619;
let outgoing = 1;
for (let count = 1; count < fragmentLength; count += 1) outgoing = Math.imul(outgoing, factor);
const outgoingFactor = outgoing;
const filterBits = 20;

/** The hashes of all parts. Several readers may use them at the same time. */
export interface FragmentTable {
  reader(): Fragments;
}

/** Prepares to find every part of these texts that is {@link fragmentLength} bytes long. */
export function createFragmentTable(texts: readonly Uint8Array[]): FragmentTable {
  const places = new Map<number, { readonly text: Uint8Array; readonly start: number }[]>();
  /** Nearly all hashes of ordinary text end here. */
  const filter = new Uint8Array(1 << (filterBits - 3));
  for (const text of texts) {
    let hash = 0;
    text.forEach((byte, index) => {
      hash = roll(hash, index >= fragmentLength ? (text[index - fragmentLength] ?? 0) : 0, byte);
      const start = index - fragmentLength + 1;
      if (start < 0) return;
      const known = places.get(hash);
      if (known === undefined) places.set(hash, [{ text, start }]);
      else if (known.length < mostPlaces) known.push({ text, start });
      const bit = hash >>> (32 - filterBits);
      filter[bit >> 3] = (filter[bit >> 3] ?? 0) | (1 << (bit & 7));
    });
  }

  return {
    reader: () => {
      const last = new Uint8Array(fragmentLength);
      let count = 0;
      let hash = 0;
      const isPart = ({ text, start }: { readonly text: Uint8Array; readonly start: number }) => {
        for (let offset = 0; offset < fragmentLength; offset += 1) {
          if (text[start + offset] !== last[(count + offset) % fragmentLength]) return false;
        }
        return true;
      };
      return {
        isEmpty: places.size === 0,
        feed: (byte) => {
          const at = count % fragmentLength;
          hash = roll(hash, count >= fragmentLength ? (last[at] ?? 0) : 0, byte);
          last[at] = byte;
          count += 1;
          if (count < fragmentLength) return false;
          const bit = hash >>> (32 - filterBits);
          if (((filter[bit >> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
          return places.get(hash)?.some(isPart) ?? false;
        },
        get depth() {
          return Math.min(count, fragmentLength - 1);
        },
        reset: () => {
          count = 0;
          hash = 0;
        },
      };
    },
  };
}

/** Parts that occur in many forms need not all be compared. */
const mostPlaces = 4;

/** The hash of a window that moves on by one byte. */
function roll(hash: number, leaves: number, comes: number): number {
  return (Math.imul(hash - Math.imul(leaves, outgoingFactor), factor) + comes) >>> 0;
}
