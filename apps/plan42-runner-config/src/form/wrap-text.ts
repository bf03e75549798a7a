import stringWidth from "string-width";
import { cutText, graphemes } from "./text-input.ts";

/**
 * A text in lines of at most `width` cells, broken at spaces. A word that is longer than a line is broken behind its
 * slashes, and anywhere where it has none.
 */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  const add = (piece: string, gap: string) => {
    const joined = line === "" ? piece : line + gap + piece;
    if (stringWidth(joined) <= width) {
      line = joined;
      return;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const grapheme of graphemes(piece)) {
      if (stringWidth(line + grapheme) > width) {
        lines.push(line);
        line = "";
      }
      line += grapheme;
    }
  };
  for (const word of text.split(/\s+/)) {
    const pieces = stringWidth(word) <= width ? [word] : word.split(/(?<=\/)/);
    for (const [index, piece] of pieces.entries()) if (piece !== "") add(piece, index === 0 ? " " : "");
  }
  return line === "" ? lines : [...lines, line];
}

/** A text in at most so many lines, with a sign at the end if it goes on. */
export function fitText(text: string, width: number, count: number): readonly string[] {
  const lines = wrapText(text, width);
  if (lines.length <= count) return lines;
  const last = lines[count - 1] ?? "";
  return [...lines.slice(0, count - 1), stringWidth(last) < width ? `${last}…` : cutText(`${last}…`, width)];
}

/** A path cut to `width` cells: its last folders, as many as fit. */
export function cutPath(path: string, width: number): string {
  if (stringWidth(path) <= width) return path;
  const parts = path.split("/");
  for (let first = 1; first < parts.length; first += 1) {
    const rest = ["…", ...parts.slice(first)].join("/");
    if (stringWidth(rest) <= width) return rest;
  }
  return cutText(`…/${parts.at(-1) ?? ""}`, width);
}
