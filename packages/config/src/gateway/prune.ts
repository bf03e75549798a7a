import { isMap, isSeq } from "yaml";
import { type ConfigDocument, entryOf } from "./document.ts";
import type { Path, Problem } from "./problem.ts";
import { checkShape, isHarmless } from "./schema.ts";

/** How often what is left is looked at again; each time something goes, so few are enough. */
const mostRounds = 16;

/** What was taken out of a document. */
export interface Pruned {
  /** The parts of the tree that lack something now. */
  readonly parts: ReadonlySet<unknown>;
  /** The keys of the root below which something is gone that others may refer to. */
  readonly sections: ReadonlySet<string>;
}

/**
 * Takes out of a document what has the wrong shape, so that the rules can look at the rest.
 * Returns what was taken out; undefined when there is no rest.
 */
export function prune(document: ConfigDocument): Pruned | undefined {
  const parts = new Set<unknown>();
  const sections = new Set<string>();
  for (let round = 0; round < mostRounds; round += 1) {
    const shape = checkShape(document.value());
    if (shape.isSound) return { parts, sections };
    const paths = shape.problems.filter((problem) => !isHarmless(problem)).map(({ path }) => path);
    if (paths.some((path) => path.length === 0)) return undefined;
    for (const path of paths) {
      for (const node of nodesTo(document, path)) parts.add(node);
      if (isReferredTo(path)) sections.add(String(path[0]));
    }
    const removals = paths.map((path) => removalOf(document.tree.contents, path));
    for (const remove of removals) remove();
  }
  return undefined;
}

/** The parts that the one at `path` is in, from the root. */
function nodesTo({ tree }: ConfigDocument, path: Path): unknown[] {
  const nodes: unknown[] = [tree.contents];
  for (const segment of path.slice(0, -1)) nodes.push(childAt(nodes.at(-1), segment));
  return nodes;
}

/** Entries are referred to by keys without which they are no entries, or by their names. */
function isReferredTo(path: Path): boolean {
  return path.length <= 2 || path.at(-1) === "name";
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

const providers = ["model_providers", "llm_providers"];

/** What may be wrong only because something is gone in one of these parts of the root. */
const consequences: Readonly<Record<string, readonly string[]>> = {
  "alias-target": providers,
  "limit-model": providers,
  "metrics-missing": ["model_metrics_sources"],
  "no-providers": providers,
  "orchestrator-endpoint": ["agents", "endpoints", "filters"],
  "preference-model": providers,
  "routing-model": providers,
  "unknown-agent": ["agents"],
  "unknown-endpoint": ["agents", "endpoints", "filters"],
  "unknown-filter": ["agents", "filters"],
};

/** What may be wrong only because something is gone in the same entry. */
const ownConsequences: ReadonlySet<string> = new Set([
  "base-url-missing",
  "database",
  "metrics-source",
  "no-agents",
  "no-key",
  "port-missing",
  "redis",
  "unknown-provider",
]);

/** The problems of what is left that are problems of the whole as well. */
export function withoutConsequences(
  problems: readonly Problem[],
  document: ConfigDocument,
  { parts, sections }: Pruned,
): Problem[] {
  return problems.filter(({ code, path }) => {
    if (consequences[code]?.some((section) => sections.has(section))) return false;
    if (ownConsequences.has(code) && parts.has(entryAt(document, path))) return false;
    return document.place(path)?.isPresent;
  });
}

/** The entry of a list that a path leads into, or the object at the root's key. */
function entryAt({ tree }: ConfigDocument, [key = "", index = ""]: Path): unknown {
  const section = childAt(tree.contents, key);
  return isSeq(section) ? childAt(section, index) : section;
}
