/** Splits text into the pieces that a stream sends and that usage counts: a word with the blanks before it. */
export function splitTokens(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

export function countTokens(text: string): number {
  return splitTokens(text).length;
}

/** A deterministic count for a whole request: one token for every four characters of its JSON. */
export function countRequestTokens(parts: unknown): number {
  return Math.ceil((JSON.stringify(parts) ?? "").length / 4);
}

/** Cuts text into pieces of at most `size` characters, never inside a surrogate pair. */
export function cutText(text: string, size: number): string[] {
  const characters = [...text];
  const pieces: string[] = [];
  for (let at = 0; at < characters.length; at += size) {
    pieces.push(characters.slice(at, at + size).join(""));
  }
  return pieces;
}
