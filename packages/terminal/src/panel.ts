import { visibleLength } from "./table.ts";

/** Lines of a box around `lines`, as wide as the widest, with the title in its upper edge. */
export function formatPanel(title: string, lines: readonly string[]): string[] {
  const width = Math.max(visibleLength(title) + 2, ...lines.map(visibleLength));
  const fill = (text: string, filler: string, length: number) =>
    text + filler.repeat(length - visibleLength(text));
  return [
    `╭─ ${fill(`${title} `, "─", width - 1)}─╮`,
    ...lines.map((line) => `│ ${fill(line, " ", width)} │`),
    `╰${"─".repeat(width + 2)}╯`,
  ];
}
