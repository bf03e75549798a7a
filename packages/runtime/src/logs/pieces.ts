import { redacted } from "./redaction.ts";

/** A line with more characters gets to those who take lines in several pieces: a turn's log has no longer entries. */
const longestPiece = 64 * 1024;

/**
 * Takes full pieces off the beginning of a line, of which more may come, and returns the rest: the same pieces however
 * the line comes. None ends inside a character or a sign of something that was redacted.
 */
export function takePieces(line: string, take: (piece: string) => void): string {
  let rest = line;
  while (rest.length > longestPiece) {
    // What follows the end is known, so that it can be judged.
    const end = safeEnd(rest, longestPiece - redacted.length);
    take(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return rest;
}

function safeEnd(text: string, wanted: number): number {
  const sign = text.lastIndexOf(redacted, wanted - 1);
  if (sign > 0 && sign + redacted.length > wanted) return sign;
  const isInside = /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(wanted - 1, wanted + 1));
  return isInside ? wanted - 1 : wanted;
}
