import {
  isMap,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type ScalarTag,
  type YAMLParseError,
} from "yaml";
import type { Path, Position, Problem } from "./problem.ts";

/** A configuration file as data, with the place of every value. */
export interface ConfigDocument {
  readonly value: unknown;
  /** Where the value at `path` begins; for a key of an object, where the key begins. */
  locate(path: Path): Position | undefined;
}

export type ReadResult =
  | { readonly ok: true; readonly document: ConfigDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Existing configuration files were written for a reader to whom these words are booleans. */
const olderBooleans: ScalarTag = {
  tag: "tag:yaml.org,2002:bool",
  default: true,
  test: /^(?:yes|Yes|YES|on|On|ON|no|No|NO|off|Off|OFF)$/,
  resolve: (text) => /^(?:yes|on)$/i.test(text),
};

/** Reads YAML. Unlike in older tools, a key given twice is an error. */
export function readDocument(text: string): ReadResult {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      merge: true,
      customTags: (tags) => [olderBooleans, ...tags],
    });
    if (document.errors.length > 0) {
      return { ok: false, problems: syntaxProblems(document.errors, lines) };
    }
    const value: unknown = document.toJS();
    const locate = (path: Path) => locateNode(document.contents, path, lines);
    return { ok: true, document: { value, locate } };
  } catch (cause) {
    const message =
      cause instanceof RangeError ? "nested too deeply" : "not valid YAML: an alias cannot be resolved";
    return { ok: false, problems: [{ code: "yaml-syntax", message, path: [] }] };
  }
}

/** The errors of the YAML reader; one that hides all others is told alone. */
function syntaxProblems(errors: readonly YAMLParseError[], lines: LineCounter): Problem[] {
  const problemOf = (message: string, error: YAMLParseError): Problem => ({
    code: "yaml-syntax",
    message,
    path: [],
    position: positionAt(lines, error.pos[0]),
  });
  const tooDeep = errors.find(({ message }) => message.includes("call stack"));
  if (tooDeep !== undefined) return [problemOf("nested too deeply", tooDeep)];
  const second = errors.find(({ code }) => code === "MULTIPLE_DOCS");
  if (second !== undefined)
    return [problemOf("a second YAML document begins here; one document per file", second)];
  return errors.map((error) => problemOf(`not valid YAML: ${error.message}`, error));
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** Goes down as far as the path exists, so that a missing key is placed at its parent. */
function locateNode(root: Node | null, path: Path, lines: LineCounter): Position | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const segment of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isScalar(item.key) && String(item.key.value) === String(segment),
      );
      if (!isPair(pair)) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else {
      const items: unknown = node && typeof node === "object" && "items" in node ? node.items : undefined;
      const item: unknown = Array.isArray(items) && typeof segment === "number" ? items[segment] : undefined;
      if (item === undefined) break;
      node = item;
      offset = (item as Node).range?.[0] ?? offset;
    }
  }
  return offset === undefined ? undefined : positionAt(lines, offset);
}
