import { type Document, isMap, isPair, isScalar, isSeq, type LineCounter, visit } from "yaml";
import { entryOf, positionAt } from "./document.ts";
import type { Path, Problem } from "./problem.ts";

type Description = Pick<Problem, "message" | "path">;

/** What is to be said of the keys that their objects have already, by their offsets in the text. */
export function describeRepeatedKeys(
  { contents, errors }: Document,
  lines: LineCounter,
): ReadonlyMap<number, Description> {
  const offsets = new Set(errors.filter(({ code }) => code === "DUPLICATE_KEY").map(({ pos }) => pos[0]));
  const descriptions = new Map<number, Description>();
  if (offsets.size === 0) return descriptions;
  visit(contents, {
    Pair: (_, { key }, ancestors) => {
      const map = ancestors.at(-1);
      const offset = isScalar(key) ? key.range?.[0] : undefined;
      if (!isScalar(key) || !isMap(map) || offset === undefined || !offsets.has(offset)) return;
      const name = String(key.value);
      const first = entryOf(map, name)?.key;
      const { line } = positionAt(lines, isScalar(first) ? (first.range?.[0] ?? offset) : offset);
      const message = `\`${name}\` is given twice, first in line ${line}`;
      descriptions.set(offset, { message, path: [...pathOf(ancestors), name] });
    },
  });
  return descriptions;
}

/** The path of the last of these nodes, each of which is in the one before it. */
function pathOf(nodes: readonly unknown[]): Path {
  return nodes.flatMap((node, index): Path => {
    if (isPair(node)) return [String(isScalar(node.key) ? node.key.value : node.key)];
    return isSeq(node) ? [node.items.indexOf(nodes[index + 1])] : [];
  });
}
