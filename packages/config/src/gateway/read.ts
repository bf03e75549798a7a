import { type Document, LineCounter, parseDocument, type ScalarTag, type YAMLParseError } from "yaml";
import { type ConfigDocument, createDocument, positionAt } from "./document.ts";
import { restoreWords } from "./enum-words.ts";
import { rootSchema } from "./key-schema.ts";
import type { Problem } from "./problem.ts";
import { describeRepeatedKeys } from "./repeated-keys.ts";

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
    const tree = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      // Its warnings would quote the file.
      logLevel: "error",
      merge: true,
      customTags: (tags) => [olderBooleans, ...tags],
    });
    if (tree.errors.length > 0) {
      return { ok: false, problems: syntaxProblems(tree, lines) };
    }
    // Aliases that unfold without end, or to nothing, are found here, before they are followed.
    tree.toJS();
    restoreWords(tree.contents, rootSchema);
    return { ok: true, document: createDocument(tree, lines) };
  } catch (cause) {
    const message =
      cause instanceof RangeError ? "nested too deeply" : "not valid YAML: an alias cannot be resolved";
    return { ok: false, problems: [{ code: "yaml-syntax", message, path: [] }] };
  }
}

/** The errors of the YAML reader; one that hides all others is told alone. */
function syntaxProblems(tree: Document, lines: LineCounter): Problem[] {
  const { errors } = tree;
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
  const repeated = describeRepeatedKeys(tree, lines);
  return errors.map((error) => ({
    ...problemOf(`not valid YAML: ${error.message}`, error),
    ...repeated.get(error.pos[0]),
  }));
}
