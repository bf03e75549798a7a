import stringWidth from "string-width";
import { graphemes } from "./text-input.ts";

/** A text in lines of at most `width` cells, broken at spaces, and within words that are longer than a line. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  const add = (word: string) => {
    const joined = line === "" ? word : `${line} ${word}`;
    if (stringWidth(joined) <= width) {
      line = joined;
      return;
    }
    if (line !== "") lines.push(line);
    line = "";
    for (const grapheme of graphemes(word)) {
      if (stringWidth(line + grapheme) > width) {
        lines.push(line);
        line = "";
      }
      line += grapheme;
    }
  };
  for (const word of text.split(/\s+/)) if (word !== "") add(word);
  return line === "" ? lines : [...lines, line];
}
