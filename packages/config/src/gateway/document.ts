import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type LineCounter,
  type Pair,
  type YAMLMap,
} from "yaml";
import { inFileOrder, type Path, type Position, type Problem } from "./problem.ts";

/** Where a value was written. */
interface Place {
  /** Its path in the file, which is another than today's when it was written in an older form. */
  readonly path: Path;
  readonly position: Position;
  /** The path of what was written there: the value itself, or what it belongs to or follows from. */
  readonly writtenPath: Path;
  /** Whether there is such a value; else the place is that of what it would belong to. */
  readonly isWritten: boolean;
  /** Whether it is there at all, such as what follows from an older form. */
  readonly isPresent: boolean;
}

/** A configuration file as a tree whose parts remember where they were written, however they are moved. */
export interface ConfigDocument {
  readonly tree: Document;
  /** The file's content as data, as the tree is now. */
  value(): unknown;
  /** Where the value at `path` was written; for a key of an object, where the key begins. */
  place(path: Path): Place | undefined;
  /** Where a part of the tree was written; undefined for a part that was not. */
  origin(node: unknown): Place | undefined;
}

interface Origin {
  readonly path: Path;
  readonly offset: number;
}

/** Makes a document of a YAML tree without errors. References within it are replaced by what they refer to. */
export function createDocument(tree: Document, lines: LineCounter): ConfigDocument {
  expandAliases(tree.contents, new Map(), (contents) => {
    tree.contents = contents as Document["contents"];
  });
  const origins = new Map<unknown, Origin>();
  recordOrigins(tree.contents, { path: [], offset: tree.contents?.range?.[0] ?? 0 }, origins);
  const placeOf = (origin: Origin | undefined, rest: Path, isPresent: boolean): Place | undefined =>
    origin && {
      path: [...origin.path, ...rest],
      position: positionAt(lines, origin.offset),
      writtenPath: origin.path,
      isWritten: rest.length === 0,
      isPresent,
    };
  return {
    tree,
    value: () => tree.toJS(),
    origin: (node) => placeOf(origins.get(node), [], true),
    place: (path) => {
      const { origin, rest, isPresent } = deepest(tree.contents, path, origins);
      return placeOf(origin, rest, isPresent);
    },
  };
}

/** Puts each problem where its part was written, with line and column, and sorts them by that. */
export function placed(problems: readonly Problem[], document: ConfigDocument): Problem[] {
  const located = problems.map((problem) => {
    const place = document.place(problem.path);
    return place === undefined ? problem : { ...problem, path: place.path, position: place.position };
  });
  return inFileOrder(located);
}

/** Line and column of an offset into the text. */
export function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The entry of an object with this key. */
export function entryOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
}

/** Goes down as far as the path exists, and keeps in mind the last part that was written. */
function deepest(
  root: unknown,
  path: Path,
  origins: ReadonlyMap<unknown, Origin>,
): { origin: Origin | undefined; rest: Path; isPresent: boolean } {
  let node = root;
  let found = { origin: origins.get(root), rest: path };
  for (const [index, segment] of path.entries()) {
    const entry = isMap(node) ? entryOf(node, segment) : undefined;
    if (entry !== undefined) node = entry.value;
    else if (isSeq(node) && typeof segment === "number" && segment < node.items.length)
      node = node.items[segment];
    else return { ...found, isPresent: false };
    const origin = origins.get(entry?.key) ?? origins.get(node);
    if (origin !== undefined) found = { origin, rest: path.slice(index + 1) };
  }
  return { ...found, isPresent: true };
}

function recordOrigins(node: unknown, origin: Origin, origins: Map<unknown, Origin>): void {
  if (node === null || typeof node !== "object") return;
  origins.set(node, origin);
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const path = [...origin.path, String(key.value)];
      const entry = { path, offset: key.range?.[0] ?? origin.offset };
      origins.set(key, entry);
      recordOrigins(value, entry, origins);
    }
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      const range = item !== null && typeof item === "object" && "range" in item ? item.range : undefined;
      const offset = Array.isArray(range) ? Number(range[0]) : origin.offset;
      recordOrigins(item, { path: [...origin.path, index], offset }, origins);
    }
  }
}

/** Puts copies in the place of `*name` and of `<<`. The reader has made sure that all names are known. */
function expandAliases(node: unknown, anchors: Map<string, unknown>, replace: (node: unknown) => void): void {
  if (isAlias(node)) {
    const target = anchors.get(node.source);
    replace(target !== null && typeof target === "object" && "clone" in target ? cloned(target) : target);
    return;
  }
  if (isMap(node)) {
    for (const pair of node.items) {
      expandAliases(pair.key, anchors, (key) => {
        pair.key = key;
      });
      expandAliases(pair.value, anchors, (value) => {
        pair.value = value;
      });
    }
    mergeEntries(node);
  } else if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) {
      expandAliases(item, anchors, (value) => {
        node.items[index] = value;
      });
    }
  } else if (!isScalar(node)) return;
  if (node.anchor !== undefined) {
    anchors.set(node.anchor, node);
    delete node.anchor;
  }
}

function cloned(node: object): unknown {
  return (node as { clone(): unknown }).clone();
}

/** Gives an object the entries that it takes over from others by `<<`; its own come first. */
function mergeEntries(map: YAMLMap): void {
  const merges = map.items.filter(
    ({ key }) => isScalar(key) && key.source === "<<" && typeof key.value === "symbol",
  );
  if (merges.length === 0) return;
  map.items = map.items.filter((item) => !merges.includes(item));
  for (const source of merges.flatMap(({ value }) => (isSeq(value) ? value.items : [value]))) {
    if (!isMap(source)) continue;
    for (const item of source.items) {
      const isTaken =
        isPair(item) && isScalar(item.key) && entryOf(map, String(item.key.value)) !== undefined;
      if (!isTaken) map.items.push(item);
    }
  }
}
