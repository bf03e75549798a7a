import { isMap, isSeq } from "yaml";
import { type ConfigDocument, entryOf } from "./document.ts";
import type { Path, Problem } from "./problem.ts";
import { checkShape, isHarmless } from "./schema.ts";

/** How often what is left is looked at again; each time something goes, so few are enough. */
const mostRounds = 16;

/**
 * Takes out of a document what has the wrong shape, so that the rules can look at the rest.
 * Returns whether there is a rest.
 */
export function prune(document: ConfigDocument): boolean {
  for (let round = 0; round < mostRounds; round += 1) {
    const shape = checkShape(document.value());
    if (shape.isSound) return true;
    const paths = shape.problems.filter((problem) => !isHarmless(problem)).map(({ path }) => path);
    if (paths.some((path) => path.length === 0)) return false;
    const removals = paths.map((path) => removalOf(document.tree.contents, path));
    for (const remove of removals) remove();
  }
  return false;
}

/** Finds a part now and takes it out later, when positions in lists may be others. */
function removalOf(root: unknown, path: Path): () => void {
  let parent = root;
  for (const segment of path.slice(0, -1)) parent = childAt(parent, segment);
  const last = path.at(-1) ?? "";
  if (isMap(parent)) {
    const [map, entry] = [parent, entryOf(parent, last)];
    return () => {
      map.items = map.items.filter((item) => item !== entry);
    };
  }
  const [list, child] = [parent, childAt(parent, last)];
  return () => {
    if (isSeq(list)) list.items = list.items.filter((item) => item !== child);
  };
}

function childAt(node: unknown, segment: string | number): unknown {
  if (isMap(node)) return entryOf(node, segment)?.value;
  return isSeq(node) && typeof segment === "number" ? node.items[segment] : undefined;
}

/** What may be wrong only because something else was taken out. */
const consequences: ReadonlySet<string> = new Set([
  "alias-target",
  "base-url-missing",
  "database",
  "limit-model",
  "metrics-missing",
  "metrics-source",
  "no-agents",
  "no-key",
  "no-providers",
  "orchestrator-endpoint",
  "port-missing",
  "preference-model",
  "redis",
  "routing-model",
  "unknown-agent",
  "unknown-endpoint",
  "unknown-filter",
  "unknown-provider",
]);

/** The problems of what is left that are problems of the whole as well. */
export function withoutConsequences(problems: readonly Problem[], document: ConfigDocument): Problem[] {
  return problems.filter(({ code, path }) => !consequences.has(code) && document.place(path)?.isPresent);
}
