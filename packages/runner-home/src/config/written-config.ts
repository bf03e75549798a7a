import { parse as parseToml } from "smol-toml";

/** What stands in a file as it is written: no defaults, references not followed. */
export interface WrittenConfig {
  /** The `[runner]` table; its keys in lower case. */
  readonly runner: Readonly<Record<string, unknown>>;
  /** The `[github.NAME]` tables in the order of the file. */
  readonly github: readonly WrittenConnection[];
}

export interface WrittenConnection {
  /** The table's name in the file. */
  readonly key: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Reads a file's text as it is written. Throws an `Error` that says where, if it is no TOML. */
export function readWrittenConfig(text: string): WrittenConfig {
  const root = lowered(parseToml(text));
  return {
    runner: lowered(root.runner),
    github: Object.entries(tableOf(root.github)).map(([key, values]) => ({ key, values: lowered(values) })),
  };
}

/** The parser's words and the line, without the lines of the file, which may hold a token. */
export function describeTomlError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [message = ""] = error.message.split("\n");
  return "line" in error ? `${message} (line ${error.line})` : message;
}

function tableOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function lowered(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(tableOf(value)).map(([key, item]) => [key.toLowerCase(), item]));
}
