import { parse as parseToml } from "smol-toml";

/** What a key of the file may be set to. */
export type ConfigValue = string | number | boolean | readonly string[] | Readonly<Record<string, string>>;

/** A value as TOML. `like` is how the value before it was written: its quotes are kept where they can. */
export function formatValue(value: ConfigValue, like = ""): string {
  if (typeof value === "string") return formatText(value, like);
  if (typeof value === "number") return formatNumber(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map((one) => formatText(one, like.slice(1))).join(", ")}]`;
  const entries = Object.entries(value).map(([key, text]) => `${formatKey([key])} = ${formatText(text, "")}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

/** What no key takes is written so that it can be read and refused. */
function formatNumber(value: number): string {
  return Number.isFinite(value) ? String(value) : String(value).toLowerCase().replace("infinity", "inf");
}

/** The value that a text is as TOML; undefined if it is none, or of a kind that no key takes. */
export function parseValue(written: string): ConfigValue | undefined {
  if (/[\r\n]/.test(written)) return undefined;
  try {
    const { value, ...rest } = parseToml(`value = ${written}`);
    return Object.keys(rest).length === 0 && isConfigValue(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isConfigValue(value: unknown): value is ConfigValue {
  if (["string", "number", "boolean"].includes(typeof value)) return true;
  if (typeof value !== "object" || value === null || value instanceof Date) return false;
  return Object.values(value).every((one) => typeof one === "string");
}

/** A key as TOML, with dots between its names. */
export function formatKey(path: readonly string[]): string {
  return path.map((name) => (/^[A-Za-z0-9_-]+$/.test(name) ? name : formatText(name, ""))).join(".");
}

function isList(value: object): value is readonly string[] {
  return Array.isArray(value);
}

function formatText(text: string, like: string): string {
  const isLiteral = like.startsWith("'") && !like.startsWith("'''");
  // A literal string ends at the next quote and cannot hold control characters.
  if (isLiteral && !/['\p{Cc}]/u.test(text)) return `'${text}'`;
  return JSON.stringify(text.toWellFormed()).replaceAll("\u007f", "\\u007f");
}
