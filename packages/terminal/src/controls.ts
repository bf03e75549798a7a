const escapeCharacter = "\u001b";

/**
 * Text of somebody else's for a terminal: what would move the cursor, set the title or clear the screen is shown as
 * a sign in its place. Colours, tabs and ends of lines stay.
 */
export function showControls(text: string): string {
  return text.replace(/\p{Cc}(?:\[[\d;:]*m)?/gu, (found) => {
    const [control = "", ...rest] = found;
    if (control === "\n" || control === "\t" || (control === escapeCharacter && rest.length > 0))
      return found;
    return signOf(control) + rest.join("");
  });
}

/** Text of somebody else's for a place that holds one line, such as a cell of a table. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, " ").trim();
}

/** A text that may carry this program's colours for a place that holds one line: nothing else of it controls. */
export function oneColouredLine(text: string): string {
  return showControls(text.replace(/[\n\t]/g, " "));
}

/** The picture that Unicode has of a control character. */
function signOf(control: string): string {
  const code = control.charCodeAt(0);
  if (code === 0x7f) return "\u2421";
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : "\ufffd";
}
