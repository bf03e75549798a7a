import { type Style, showControls } from "@plano/terminal";

const levels: Readonly<Record<number, readonly [word: string, colour: keyof Style]>> = {
  10: ["trace", "dim"],
  20: ["debug", "dim"],
  30: ["info", "green"],
  40: ["warn", "yellow"],
  50: ["error", "red"],
  60: ["fatal", "red"],
};

/**
 * A line of the JSON log for a person at a terminal: time of day, level, message, why, then the other fields.
 * Text that is no such line is left as it is.
 */
export function readableLine(line: string, style: Style): string {
  const entry = parseEntry(line);
  if (entry === undefined) return showControls(line);
  const { level, time, msg, err, ...fields } = entry;
  const [word, colour] = levels[Number(level)] ?? ["log", "dim"];
  const told = [oneValue(msg), ...reasons(err)].join(": ");
  const parts = [
    style.dim(new Date(String(time)).toTimeString().slice(0, 8)),
    style[colour](word.padEnd(5)),
    told,
    ...Object.entries(fields).map(([name, value]) => style.dim(`${name}=${oneValue(value)}`)),
  ];
  return `${parts.join(" ")}\n`;
}

function parseEntry(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === "object" && entry !== null && "msg" in entry ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
}

/** The messages of an error and of its causes. */
function reasons(error: unknown): string[] {
  if (typeof error !== "object" || error === null) return [];
  const { message, cause }: { message?: unknown; cause?: unknown } = error;
  return [...(typeof message === "string" ? [oneValue(message)] : []), ...reasons(cause)];
}

function oneValue(value: unknown): string {
  return showControls(typeof value === "string" ? value : JSON.stringify(value)).replaceAll("\n", " ");
}
