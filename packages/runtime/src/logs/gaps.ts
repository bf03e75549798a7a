const escapeByte = 0x1b;
const bracket = 0x5b;
const newline = 0x0a;
/** A longer gap separates what is around it, in bytes. */
const longestGap = 256;

/** What a byte is: a part of the text, of a gap in it, the end of a line (a gap too), or one gap byte too many. */
export type ByteKind = "text" | "gap" | "line-end" | "break";

/** Tells white space and a terminal's colours from text, byte by byte. */
export function createGaps(): (byte: number) => ByteKind {
  let sequence: "none" | "escape" | "inside" = "none";
  let length = 0;
  const gap = (): ByteKind => {
    length += 1;
    return length > longestGap ? "break" : "gap";
  };
  return (byte) => {
    if (byte > 0x20 && sequence === "none") {
      length = 0;
      return "text";
    }
    if (sequence === "inside") {
      // Parameters come before the letter that ends the sequence.
      if (byte >= 0x40 && byte <= 0x7e) sequence = "none";
      return gap();
    }
    if (sequence === "escape" && byte === bracket) {
      sequence = "inside";
      return gap();
    }
    sequence = byte === escapeByte ? "escape" : "none";
    if (byte === escapeByte || byte === 0x20 || byte === 0x09 || byte === 0x0d) return gap();
    if (byte === newline) return gap() === "break" ? "break" : "line-end";
    length = 0;
    return "text";
  };
}
