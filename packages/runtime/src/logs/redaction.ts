import { Buffer } from "node:buffer";
import { createMatcher } from "./matcher.ts";
import { secretForms } from "./secret-forms.ts";

const replacement = Buffer.from("[REDACTED]");

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
 * Redaction of these secrets in all the forms that programs print them in: as they are, as JSON strings,
 * in base64 (also when they are a part of what was encoded), in hexadecimal and in URLs.
 */
export function createRedaction(secrets: Iterable<string>): Redaction {
  const matcher = createMatcher(secretForms(secrets));

  const redactor = (): Redactor => {
    let state = matcher.start;
    /** Bytes whose fate is open; `covered[i]` tells that byte i belongs to a secret. */
    let pending = Buffer.alloc(0);
    let covered: boolean[] = [];
    let insideSecret = false;

    const release = (count: number): Uint8Array => {
      const parts: Uint8Array[] = [];
      let start = 0;
      for (let index = 0; index < count; index += 1) {
        if (covered[index]) {
          if (!insideSecret) parts.push(pending.subarray(start, index), replacement);
          insideSecret = true;
          start = index + 1;
        } else {
          insideSecret = false;
        }
      }
      parts.push(pending.subarray(start, count));
      pending = pending.subarray(count);
      covered = covered.slice(count);
      return Buffer.concat(parts);
    };

    return {
      write: (bytes) => {
        if (matcher.isEmpty) return bytes;
        const offset = pending.length;
        pending = Buffer.concat([pending, bytes]);
        for (let index = 0; index < bytes.length; index += 1) {
          state = matcher.next(state, bytes[index] ?? 0);
          covered.push(false);
          const end = offset + index;
          for (let back = 0; back < matcher.matched(state); back += 1) covered[end - back] = true;
        }
        return release(pending.length - matcher.depth(state));
      },
      end: () => {
        const rest = release(pending.length);
        state = matcher.start;
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
