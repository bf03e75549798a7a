// A configuration file as text with places, so that a change touches nothing but what it changes.
import { type AST, parseTOML } from "toml-eslint-parser";

/** A key and its value, wherever it is written: in a table, by dotted keys, in an inline table. */
export interface Entry {
  readonly path: readonly string[];
  readonly node: AST.TOMLKeyValue;
}

/** A table with a head of its own, such as `[github.corp]`. */
interface Section {
  readonly path: readonly string[];
  readonly node: AST.TOMLTable;
}

/** What a text has, in the order of the text. */
export interface Outline {
  readonly entries: readonly Entry[];
  readonly sections: readonly Section[];
}

/** Throws a `SyntaxError` if the text is no TOML. */
export function outlineOf(text: string): Outline {
  const entries: Entry[] = [];
  const sections: Section[] = [];
  const visit = (nodes: readonly AST.TOMLKeyValue[], base: readonly string[]) => {
    for (const node of nodes) {
      const path = [...base, ...namesOf(node.key)];
      entries.push({ path, node });
      if (node.value.type === "TOMLInlineTable") visit(node.value.body, path);
    }
  };
  for (const node of parseTOML(text, { tomlVersion: "1.1" }).body[0].body) {
    if (node.type === "TOMLKeyValue") visit([node], []);
    else if (node.kind === "standard") {
      const path = namesOf(node.key);
      sections.push({ path, node });
      visit(node.body, path);
    }
  }
  return { entries, sections };
}

/** A text somewhere in the values of a file. */
export interface TextValue {
  /** Of the key that has it in its value. */
  readonly path: readonly string[];
  readonly value: string;
  readonly range: AST.Range;
}

/** All texts that are values, also those in lists and tables in lists. Throws a `SyntaxError` if it is no TOML. */
export function textValuesOf(text: string): readonly TextValue[] {
  const values: TextValue[] = [];
  const visit = (node: AST.TOMLTable | AST.TOMLKeyValue | AST.TOMLContentNode, base: readonly string[]) => {
    switch (node.type) {
      case "TOMLTable":
        for (const one of node.body) visit(one, namesOf(node.key));
        break;
      case "TOMLKeyValue":
        visit(node.value, [...base, ...namesOf(node.key)]);
        break;
      case "TOMLInlineTable":
        for (const one of node.body) visit(one, base);
        break;
      case "TOMLArray":
        for (const one of node.elements) visit(one, base);
        break;
      case "TOMLValue":
        if (node.kind === "string") values.push({ path: base, value: node.value, range: node.range });
    }
  };
  for (const node of parseTOML(text, { tomlVersion: "1.1" }).body[0].body) visit(node, []);
  return values;
}

/** The names in a dotted key, such as `github."a b".url`. Throws a `SyntaxError` if it is none. */
export function parseKey(written: string): readonly string[] {
  const [first, ...rest] = outlineOf(`${written} = 0`).entries;
  if (first === undefined || rest.length > 0) throw new SyntaxError("not a key");
  return first.path;
}

function namesOf(key: AST.TOMLKey): readonly string[] {
  return key.keys.map((part) => (part.type === "TOMLBare" ? part.name : part.value));
}

/** Tables whose tables have names that users give, and that differ by case. */
const namedTables = ["github", "model_mappings"];

/** Whether two paths name the same key: whatever the case, but for names that users give. */
export function isSamePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && isBelow(one, other);
}

/** Whether a path is `base` or below it. */
export function isBelow(path: readonly string[], base: readonly string[]): boolean {
  return base.every((name, index) => {
    const there = path[index];
    const isGivenName = index === 1 && namedTables.includes(base[0]?.toLowerCase() ?? "");
    return isGivenName ? there === name : there?.toLowerCase() === name.toLowerCase();
  });
}
