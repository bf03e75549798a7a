import { stripVTControlCharacters } from "node:util";
import { oneColouredLine } from "./controls.ts";

/**
 * Lines of a table with columns padded to their widest cell, two spaces apart.
 * Cells may carry colour; the padding counts visible characters only. What else of a cell would control the terminal
 * is shown as a sign.
 */
export function formatTable(written: readonly (readonly string[])[]): string[] {
  const rows = written.map((row) => row.map(oneColouredLine));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, visibleLength(cell));
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - visibleLength(cell)))
      .join("  ")
      .trimEnd(),
  );
}

/** How many characters of a text are seen. */
export function visibleLength(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
