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
  /** What is gone. Positions in lists are those of the time. */
  readonly gone: readonly Path[];
}

/**
 * Takes out of a document what has the wrong shape, so that the rules can look at the rest.
 * Returns what was taken out; undefined when there is no rest.
 */
export function prune(document: ConfigDocument): Pruned | undefined {
  const parts = new Set<unknown>();
  const gone: Path[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const shape = checkShape(document.value());
    if (shape.isSound) return { parts, gone };
    const paths = shape.problems.filter((problem) => !isHarmless(problem)).map(({ path }) => path);
    if (paths.some((path) => path.length === 0)) return undefined;
    for (const path of paths) {
      for (const node of nodesTo(document, path)) parts.add(node);
    }
    gone.push(...paths);
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

/** Whether a problem may be there only because something is gone. */
type Consequence = (gone: Path, problem: Problem) => boolean;

/** Entries are referred to by keys without which they are no entries, or by their names. */
const entriesOf =
  (...sections: readonly string[]): Consequence =>
  (gone) =>
    sections.includes(sectionOf(gone)) && (gone.length <= 2 || gone.at(-1) === "name");

const anythingOf =
  (...sections: readonly string[]): Consequence =>
  (gone) =>
    sections.includes(sectionOf(gone));

/** A default stands in for what is gone, and is the same as another's value. */
const sameKey: Consequence = (gone, { path }) =>
  sectionOf(gone) === sectionOf(path) && gone.at(-1) === path.at(-1);

/** The key of the root, by its name of today. */
function sectionOf([key = ""]: Path): string {
  return key === "llm_providers" ? "model_providers" : String(key);
}

/** What may be wrong only because something is gone elsewhere. */
const consequences: Readonly<Record<string, Consequence>> = {
  "alias-target": entriesOf("model_providers"),
  "duplicate-limit": anythingOf("ratelimits"),
  "duplicate-name": sameKey,
  "limit-model": entriesOf("model_providers"),
  "metrics-missing": entriesOf("model_metrics_sources"),
  "no-providers": entriesOf("model_providers"),
  "orchestrator-endpoint": entriesOf("agents", "endpoints", "filters"),
  "port-taken": sameKey,
  "preference-conflict": anythingOf("model_providers", "routing_preferences"),
  "preference-model": entriesOf("model_providers"),
  "routing-model": entriesOf("model_providers"),
  "unknown-agent": entriesOf("agents"),
  "unknown-endpoint": entriesOf("agents", "endpoints", "filters"),
  "unknown-filter": entriesOf("agents", "filters"),
};

/** What may be wrong only because something is gone in the same entry. */
const ownConsequences: ReadonlySet<string> = new Set([
  "base-url-missing",
  "database",
  "filter-type",
  "interface-given",
  "metrics-source",
  "no-agents",
  "no-key",
  "port-missing",
  "redis",
  "unknown-provider",
]);

/** Whether a problem may be there only because something is gone elsewhere. */
export function isConsequence(problem: Problem, { gone }: Pruned): boolean {
  return gone.some((path) => consequences[problem.code]?.(path, problem));
}

/** The problems of what is left that are problems of the whole as well. Their paths are those of today. */
export function withoutConsequences(
  problems: readonly Problem[],
  document: ConfigDocument,
  pruned: Pruned,
): Problem[] {
  return problems.filter((problem) => {
    const { code, path } = problem;
    if (isConsequence(problem, pruned)) return false;
    if (ownConsequences.has(code) && pruned.parts.has(entryAt(document, path))) return false;
    return document.place(path)?.isPresent;
  });
}

/** The entry of a list that a path leads into, or the object at the root's key. */
function entryAt({ tree }: ConfigDocument, [key = "", index = ""]: Path): unknown {
  const section = childAt(tree.contents, key);
  return isSeq(section) ? childAt(section, index) : section;
}
