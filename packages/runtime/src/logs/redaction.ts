import { Buffer } from "node:buffer";
import { createFragmentTable, fragmentLength } from "./fragments.ts";
import { createGaps } from "./gaps.ts";
import { createMatcher } from "./matcher.ts";
import { secretPatterns } from "./secret-forms.ts";

/** Fewer letters of a secret at the end of a line are not taken for its beginning. */
const leastBeforeBreak = 4;
/** What stands where a secret was. */
export const redacted = "[REDACTED]";
const replacement = Buffer.from(redacted);

/** Removes secrets from a stream of bytes, wherever the stream is cut. */
export interface Redactor {
  /** What may be shown so far. Bytes that could be the beginning of a secret are held back. */
  write(bytes: Uint8Array): Uint8Array;
  /** What was held back, when nothing more comes. The redactor is as new afterwards. */
  end(): Uint8Array;
}

/** Makes redactors and redacts whole texts, for one set of secrets. */
export interface Redaction {
  redactor(): Redactor;
  text(text: string): string;
}

/**
 * Redaction of these secrets, of six characters and more, in the forms that programs print them in: as they are,
 * as JSON strings and these in JSON again, in HTML, in URLs, in base64 (also when they are a part of what was
 * encoded) and in hexadecimal. Forms of twenty characters and more are found with white space, line ends and
 * colours in them, too; of random texts, such as tokens and keys, any twelve characters in a line are redacted.
 * Not covered: other encodings and compression, secrets taken apart letter by letter with other text between.
 */
export function createRedaction(secrets: Iterable<string>): Redaction {
  const patterns = secretPatterns(secrets);
  const unbroken = createMatcher(patterns.unbroken);
  const broken = createMatcher(patterns.broken);
  const fragments = createFragmentTable(patterns.random);
  const longest = patterns.broken.reduce((most, { length }) => Math.max(most, length), fragmentLength);
  const ringSize = 2 ** Math.ceil(Math.log2(longest + 1));
  const isIdle = unbroken.isEmpty && broken.isEmpty;

  const redactor = (): Redactor => {
    let unbrokenState = unbroken.start;
    let brokenState = broken.start;
    let kindOf = createGaps();
    const parts = fragments.reader();
    /** Where the last bytes that are no gaps were in the stream: a ring. */
    const places = new Float64Array(ringSize);
    let placeCount = 0;
    /** Bytes whose fate is open; `covered[i]` is 1 if byte i belongs to a secret. */
    let pending = Buffer.alloc(0);
    let covered = new Uint8Array(0);
    /** Where `pending` begins in the stream. */
    let begin = 0;
    let insideSecret = false;

    const cover = (from: number, to: number) => {
      covered.fill(1, Math.max(0, from), to + 1);
    };
    /** Where in `pending` the byte was that came so many before the next. */
    const placeOf = (back: number) => (places[(placeCount - back) & (ringSize - 1)] ?? 0) - begin;
    /** Whether a line can be shown at its end: a secret is whole, or a few letters are one's first by chance. */
    const isSettledAtLineEnd = () => {
      const depth = broken.depth(brokenState);
      return depth < leastBeforeBreak || depth === broken.matched(brokenState);
    };
    const take = (byte: number, index: number) => {
      unbrokenState = unbroken.next(unbrokenState, byte);
      const length = unbroken.matched(unbrokenState);
      if (length > 0) cover(index - length + 1, index);
      const kind = kindOf(byte);
      if (kind === "break" || (kind === "line-end" && isSettledAtLineEnd())) brokenState = broken.start;
      if (kind === "break" || kind === "line-end") parts.reset();
      if (kind !== "text") return;
      places[placeCount & (ringSize - 1)] = begin + index;
      placeCount += 1;
      brokenState = broken.next(brokenState, byte);
      const dense = broken.matched(brokenState);
      if (dense > 0) cover(placeOf(dense), index);
      if (!parts.isEmpty && parts.feed(byte)) cover(placeOf(fragmentLength), index);
    };
    /** How many bytes can be told about for sure. */
    const settled = () => {
      const dense = Math.max(broken.depth(brokenState), parts.depth);
      const open = dense > 0 ? placeOf(dense) : pending.length;
      return Math.min(open, pending.length - unbroken.depth(unbrokenState));
    };

    const release = (count: number): Uint8Array => {
      const shown: Uint8Array[] = [];
      let start = 0;
      const first = covered.indexOf(1);
      if (count > 0 && first !== 0) insideSecret = false;
      for (let index = first < 0 ? count : first; index < count; index += 1) {
        if (covered[index] === 1) {
          if (!insideSecret) shown.push(pending.subarray(start, index), replacement);
          insideSecret = true;
          start = index + 1;
        } else {
          insideSecret = false;
        }
      }
      shown.push(pending.subarray(start, count));
      pending = pending.subarray(count);
      covered = covered.slice(count);
      begin += count;
      return Buffer.concat(shown);
    };

    return {
      write: (bytes) => {
        if (isIdle) return bytes;
        const offset = pending.length;
        pending = Buffer.concat([pending, bytes]);
        const known = covered;
        covered = new Uint8Array(pending.length);
        covered.set(known);
        for (let index = 0; index < bytes.length; index += 1) {
          take(bytes[index] ?? 0, offset + index);
        }
        return release(settled());
      },
      end: () => {
        const rest = release(pending.length);
        unbrokenState = unbroken.start;
        brokenState = broken.start;
        kindOf = createGaps();
        parts.reset();
        insideSecret = false;
        return rest;
      },
    };
  };

  return {
    redactor,
    text: (text) => {
      const one = redactor();
      const head = one.write(Buffer.from(text));
      return Buffer.concat([head, one.end()]).toString("utf8");
    },
  };
}
