import { isCollection, isMap, isPair, isScalar, isSeq, Pair, Scalar, YAMLMap, type YAMLSeq } from "yaml";
import { entryOf } from "../document.ts";

/** Puts one older form of the language into today's, where a document has it. */
export type OlderForm = (root: YAMLMap, report: Report) => void;

/** Takes down what a step has found and done; `node` says where. */
export interface Report {
  error(code: string, node: unknown, message: string): void;
  warning(code: string, node: unknown, message: string): void;
  change(node: unknown, message: string): void;
}

/** The object at a key; undefined when there is none. */
export function mapAt(map: YAMLMap, key: string): YAMLMap | undefined {
  const value = entryOf(map, key)?.value;
  return isMap(value) ? value : undefined;
}

/** The objects in the list at a key. */
export function mapsAt(map: YAMLMap, key: string): YAMLMap[] {
  const value = entryOf(map, key)?.value;
  return isSeq(value) ? value.items.filter((item) => isMap(item)) : [];
}

/** The text at a key; undefined when there is none. */
export function textAt(map: YAMLMap, key: string): string | undefined {
  const value = entryOf(map, key)?.value;
  return isScalar(value) && typeof value.value === "string" ? value.value : undefined;
}

/** The object at a key, which is made when there is none. */
export function sectionAt(map: YAMLMap, key: string): YAMLMap {
  const found = mapAt(map, key);
  if (found !== undefined) return found;
  const section = new YAMLMap();
  const entry = entryOf(map, key);
  if (entry === undefined) map.items.push(new Pair(new Scalar(key), section));
  else entry.value = section;
  return section;
}

/**
 * Gives an entry its newer name, in another object if need be. What was written where, and the
 * comments, stay with it. That both names are there is an error; the older one is taken away then.
 */
export function moveEntry(
  entry: Pair,
  from: YAMLMap,
  to: { readonly map: YAMLMap; readonly name: string; readonly as?: string },
  report: Report,
): void {
  const { map, name, as = name } = to;
  const older = isScalar(entry.key) ? String(entry.key.value) : "";
  const present = entryOf(map, name);
  const isFree = present === undefined || (isScalar(present.value) && present.value.value === null);
  if (!isFree) {
    report.error("two-names", entry.key, `\`${older}\` is the older name of \`${as}\`; keep only one`);
    removeEntry(from, entry);
    return;
  }
  report.change(entry.key, `\`${older}\` is \`${as}\` now`);
  if (present !== undefined) dropEntry(map, present);
  if (isScalar(entry.key)) {
    entry.key.value = name;
    delete entry.key.source;
  }
  if (map === from) return;
  removeEntry(from, entry);
  map.items.push(entry);
}

/** Takes an entry away; the comments above it go to the entry that follows. */
export function removeEntry(map: YAMLMap, entry: Pair): void {
  const next = map.items[map.items.indexOf(entry) + 1];
  map.items = map.items.filter((item) => item !== entry);
  if (next !== undefined) moveComments(entry.key, next.key);
}

/** Takes an entry away for good; its comments become lines in its place. */
export function dropEntry(map: YAMLMap, entry: Pair): void {
  const next = map.items[map.items.indexOf(entry) + 1];
  const comments = joined([entry.key, entry.value].flatMap(commentsOf));
  if (isCommentable(entry.key)) entry.key.commentBefore = comments;
  removeEntry(map, entry);
  if (next === undefined) map.comment = joined([comments, map.comment]);
}

/** Puts all comments of a part that is taken away for good, and of what is in it, above another. */
export function keepComments(from: unknown, to: unknown): void {
  if (isCommentable(to)) to.commentBefore = joined([to.commentBefore, ...allCommentsOf(from)]);
}

function allCommentsOf(node: unknown): (string | null | undefined)[] {
  if (isPair(node)) return [node.key, node.value].flatMap(allCommentsOf);
  if (!isCommentable(node)) return [];
  const inside = isCollection(node) ? node.items.flatMap(allCommentsOf) : [];
  return [node.commentBefore, ...inside, node.comment];
}

function commentsOf(node: unknown): (string | null | undefined)[] {
  return isCommentable(node) ? [node.commentBefore, node.comment] : [];
}

function joined(comments: readonly (string | null | undefined)[]): string | null {
  const present = comments.filter((text) => typeof text === "string");
  return present.length === 0 ? null : present.join("\n");
}

/** Puts the comments and the blank line above one part above another. */
export function moveComments(from: unknown, to: unknown): void {
  if (!isCommentable(from) || !isCommentable(to)) return;
  to.commentBefore = joined([from.commentBefore, to.commentBefore]);
  if (from.spaceBefore === true) to.spaceBefore = true;
  from.commentBefore = null;
  from.spaceBefore = false;
}

function isCommentable(node: unknown): node is Scalar | YAMLMap | YAMLSeq {
  return isScalar(node) || isMap(node) || isSeq(node);
}
