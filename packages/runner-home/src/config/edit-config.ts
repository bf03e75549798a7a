import { AppError } from "@plano/errors";
import { parse as parseToml } from "smol-toml";
import type { AST } from "toml-eslint-parser";
import { type Entry, isBelow, isSamePath, type Outline, outlineOf } from "./document.ts";
import { type ConfigValue, formatKey, formatValue } from "./values.ts";

/** A change of the file: what a key is to be, or that it, or a whole table, is to go. */
export interface ConfigEdit {
  /** Such as `["github", "corp", "url"]`. */
  readonly path: readonly string[];
  readonly value: ConfigValue | undefined;
}

/** A piece of the text and what is to be there instead. */
interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Makes changes in a configuration's text. Everything else stays as it is: comments, order, quotes, unknown keys.
 * Throws a `SyntaxError` if the text is no TOML, and an `AppError` if it is written in a way that leaves no place
 * for a change.
 */
export function editConfig(text: string, edits: readonly ConfigEdit[]): string {
  let edited = text;
  for (const edit of edits) edited = editOnce(edited, edit);
  return edited;
}

function editOnce(text: string, { path, value }: ConfigEdit): string {
  const outline = outlineOf(text);
  const splices =
    value === undefined
      ? removals(text, outline, leftEmpty(outline, path))
      : [placing(text, outline, path, value)];
  const edited = [...splices]
    .sort((one, other) => other.start - one.start)
    .reduce((all, { start, end, text: put }) => all.slice(0, start) + put + all.slice(end), text);
  try {
    parseToml(edited);
    return edited;
  } catch (cause) {
    throw new AppError(`cannot change ${formatKey(path)} in a file that is written like this`, {
      code: "config-edit",
      cause,
      hint: "Write it as a table with a head of its own, such as [runner] or [github.NAME].",
    });
  }
}

/** Where a value goes: in place of the one that is there, else beside its siblings, else at the end. */
function placing(text: string, outline: Outline, path: readonly string[], value: ConfigValue): Splice {
  const same = outline.entries.find((entry) => isSamePath(entry.path, path));
  if (same !== undefined) {
    const [start, end] = same.node.value.range;
    return { start, end, text: formatValue(value, text.slice(start, end)) };
  }
  const parent = path.slice(0, -1);
  const section = outline.sections.find((one) => isSamePath(one.path, parent));
  if (section !== undefined) {
    const { node } = section;
    const last = node.body.at(-1);
    return insertLine(text, (last ?? node.key).range, last?.range[0], path.slice(parent.length), value);
  }
  const inline = outline.entries.findLast(
    (entry) => entry.node.value.type === "TOMLInlineTable" && isBelow(parent, entry.path),
  );
  if (inline?.node.value.type === "TOMLInlineTable") {
    return insertInline(inline.node.value, path.slice(inline.path.length), value);
  }
  const dotted = outline.entries.findLast((entry) => isSamePath(entry.path.slice(0, -1), parent));
  if (dotted !== undefined) {
    const written = dotted.path.length - dotted.node.key.keys.length;
    return insertLine(text, dotted.node.range, dotted.node.range[0], path.slice(written), value);
  }
  const newLine = newLineOf(text);
  const before = text === "" ? "" : text.endsWith("\n") ? newLine : newLine + newLine;
  const lines = [`[${formatKey(parent)}]`, `${formatKey(path.slice(-1))} = ${formatValue(value)}`, ""];
  return { start: text.length, end: text.length, text: before + lines.join(newLine) };
}

/** A new line below the one that ends a range, as far to the right as the line that begins at `like`. */
function insertLine(
  text: string,
  range: AST.Range,
  like: number | undefined,
  key: readonly string[],
  value: ConfigValue,
): Splice {
  const end = lineEnd(text, range[1]);
  const indent = like === undefined ? "" : (/[ \t]*$/.exec(text.slice(0, like))?.[0] ?? "");
  return {
    start: end,
    end,
    text: `${newLineOf(text)}${indent}${formatKey(key)} = ${formatValue(value)}`,
  };
}

function insertInline(table: AST.TOMLInlineTable, key: readonly string[], value: ConfigValue): Splice {
  const pair = `${formatKey(key)} = ${formatValue(value)}`;
  const last = table.body.at(-1);
  if (last === undefined) return { start: table.range[0], end: table.range[1], text: `{ ${pair} }` };
  return { start: last.range[1], end: last.range[1], text: `, ${pair}` };
}

/** What goes with a key: the table with a name of its user's, such as `[github.NAME]`, that would have no other. */
function leftEmpty({ entries }: Outline, path: readonly string[]): readonly string[] {
  const table = path.slice(0, -1);
  if (table.length < 2) return path;
  const isOther = (entry: Entry) =>
    entry.path.length > table.length && isBelow(entry.path, table) && !isBelow(entry.path, path);
  return entries.some(isOther) ? path : table;
}

/** What goes when a key or a table goes: its lines, not the comments above them. */
function removals(text: string, outline: Outline, path: readonly string[]): readonly Splice[] {
  const sections = outline.sections.filter((one) => isBelow(one.path, path));
  const entries = outline.entries.filter(
    (entry) =>
      isBelow(entry.path, path) &&
      !sections.some(({ node }) => isWithin(entry.node, node)) &&
      !outline.entries.some(
        (other) => other !== entry && isBelow(other.path, path) && isWithin(entry.node, other.node),
      ),
  );
  return [
    ...sections.map(({ node }) => wholeLines(text, node.range[0], (node.body.at(-1) ?? node.key).range[1])),
    ...entries.map((entry) => removeEntry(text, entry)),
  ];
}

function removeEntry(text: string, { node }: Entry): Splice {
  if (node.parent.type !== "TOMLInlineTable") return wholeLines(text, ...node.range);
  const { body } = node.parent;
  const index = body.indexOf(node);
  const next = body[index + 1];
  if (next !== undefined) return { start: node.range[0], end: next.range[0], text: "" };
  const before = body[index - 1];
  return { start: before?.range[1] ?? node.range[0], end: node.range[1], text: "" };
}

/** All of the lines from `start` to `end`, and one of the empty lines that would be left around them. */
function wholeLines(text: string, start: number, end: number): Splice {
  const first = text.lastIndexOf("\n", start - 1) + 1;
  const after = Math.min(lineEnd(text, end) + newLineAt(text, lineEnd(text, end)).length, text.length);
  const [, , blankBefore] = /(^|\n)(\r?\n)$/.exec(text.slice(0, first)) ?? [];
  if (blankBefore === undefined) return { start: first, end: after, text: "" };
  if (after === text.length) return { start: first - blankBefore.length, end: after, text: "" };
  return { start: first, end: after + newLineAt(text, after).length, text: "" };
}

function isWithin(inner: AST.TOMLNode, outer: AST.TOMLNode): boolean {
  return outer.range[0] <= inner.range[0] && inner.range[1] <= outer.range[1];
}

/** The end of the line, before its line break. */
function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  if (at < 0) return text.length;
  return text[at - 1] === "\r" ? at - 1 : at;
}

function newLineAt(text: string, at: number): string {
  return /^\r?\n/.exec(text.slice(at, at + 2))?.[0] ?? "";
}

function newLineOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
