import stringWidth from "string-width";

/** A line of text that is being written, and where the cursor is, counted in graphemes. */
export interface TextInput {
  readonly text: string;
  readonly cursor: number;
}

/** What a key does to a line. */
export type TextEdit =
  | { readonly type: "insert"; readonly text: string }
  | { readonly type: "left" | "right" | "home" | "end" | "backspace" | "delete" }
  | { readonly type: "delete-to-start" | "delete-to-end" | "delete-word" };

/** The line with its cursor at the end. */
export function inputOf(text: string): TextInput {
  return { text, cursor: graphemes(text).length };
}

/** The line after a key. */
export function editText(input: TextInput, edit: TextEdit): TextInput {
  const all = graphemes(input.text);
  const cursor = Math.min(input.cursor, all.length);
  const before = all.slice(0, cursor);
  const after = all.slice(cursor);
  const at = (next: number): TextInput => ({
    text: input.text,
    cursor: Math.max(0, Math.min(next, all.length)),
  });
  const join = (left: readonly string[], right: readonly string[]): TextInput => ({
    text: [...left, ...right].join(""),
    cursor: left.length,
  });
  switch (edit.type) {
    case "insert":
      return join([...before, ...graphemes(printable(edit.text))], after);
    case "left":
      return at(cursor - 1);
    case "right":
      return at(cursor + 1);
    case "home":
      return at(0);
    case "end":
      return at(all.length);
    case "backspace":
      return join(before.slice(0, -1), after);
    case "delete":
      return join(before, after.slice(1));
    case "delete-to-start":
      return join([], after);
    case "delete-to-end":
      return join(before, []);
    case "delete-word":
      return join(graphemes(before.join("").replace(/[^\s/:.]*[\s/:.]*$/, "")), after);
  }
}

/** A part of a line that fits into a width with its cursor, which stands on a cell of its own. */
export interface VisibleText {
  readonly before: string;
  /** What the cursor is on; a space at the end of the line. */
  readonly under: string;
  readonly after: string;
}

/** What is seen of a line in `width` cells: always the cursor, and as much as fits before it. */
export function visibleText(input: TextInput, width: number): VisibleText {
  const all = graphemes(input.text);
  const cursor = Math.min(input.cursor, all.length);
  const under = all[cursor] ?? " ";
  let start = cursor;
  let left = width - Math.max(1, stringWidth(under));
  while (start > 0 && stringWidth(all[start - 1] ?? "") <= left) {
    start -= 1;
    left -= stringWidth(all[start] ?? "");
  }
  let end = Math.min(cursor + 1, all.length);
  while (end < all.length && stringWidth(all[end] ?? "") <= left) {
    left -= stringWidth(all[end] ?? "");
    end += 1;
  }
  return { before: all.slice(start, cursor).join(""), under, after: all.slice(cursor + 1, end).join("") };
}

/** A text cut to `width` cells, with a sign where something is left out. */
export function cutText(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let cut = "";
  for (const grapheme of graphemes(text)) {
    if (stringWidth(cut + grapheme) > width - 1) break;
    cut += grapheme;
  }
  return `${cut}…`;
}

/** What a person sees as single characters. */
export function graphemes(text: string): readonly string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}

/** A pasted text may have line ends around it, and whatever a terminal sends. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "");
}
