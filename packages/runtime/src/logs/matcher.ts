/** A machine that finds many byte patterns in one pass (Aho and Corasick). States are numbers. */
export interface Matcher {
  readonly start: number;
  readonly isEmpty: boolean;
  next(state: number, byte: number): number;
  /** How many of the bytes read last are the beginning of some pattern. */
  depth(state: number): number;
  /** Length of the longest pattern that ends here, or 0. */
  matched(state: number): number;
}

/**
 * A tree of the patterns' beginnings, in some twenty bytes a node: a secret has thousands of them in all its forms.
 * Node 0 is the root; as a child or a sibling it means that there is none.
 */
interface Tree {
  /** How many nodes there are. */
  readonly size: number;
  /** The byte that leads to a node. */
  readonly byte: Uint8Array;
  readonly firstChild: Uint32Array;
  readonly sibling: Uint32Array;
  readonly depth: Uint32Array;
  readonly matched: Uint32Array;
}

export function createMatcher(patterns: Iterable<Uint8Array>): Matcher {
  const tree = plant([...patterns]);
  const { depth, matched } = tree;
  const first = firstStates(tree);
  const fail = linkFailures(tree);
  return {
    start: 0,
    isEmpty: tree.size === 1,
    next: (state, byte) => {
      for (let at = state; at !== 0; at = fail[at] ?? 0) {
        const child = childOf(tree, at, byte);
        if (child !== 0) return child;
      }
      return first[byte] ?? 0;
    },
    depth: (state) => depth[state] ?? 0,
    matched: (state) => matched[state] ?? 0,
  };
}

function childOf({ byte, firstChild, sibling }: Tree, node: number, wanted: number): number {
  let child = firstChild[node] ?? 0;
  while (child !== 0 && byte[child] !== wanted) child = sibling[child] ?? 0;
  return child;
}

function plant(patterns: readonly Uint8Array[]): Tree {
  const most = patterns.reduce((sum, { length }) => sum + length, 1);
  const tree = {
    size: 1,
    byte: new Uint8Array(most),
    firstChild: new Uint32Array(most),
    sibling: new Uint32Array(most),
    depth: new Uint32Array(most),
    matched: new Uint32Array(most),
  };
  for (const pattern of patterns) {
    let node = 0;
    for (const byte of pattern) {
      const child = childOf(tree, node, byte) || tree.size++;
      if (tree.depth[child] === 0) {
        tree.byte[child] = byte;
        tree.depth[child] = (tree.depth[node] ?? 0) + 1;
        tree.sibling[child] = tree.firstChild[node] ?? 0;
        tree.firstChild[node] = child;
      }
      node = child;
    }
    tree.matched[node] = tree.depth[node] ?? 0;
  }
  const { size, byte, firstChild, sibling, depth, matched } = tree;
  return {
    size,
    byte: byte.slice(0, size),
    firstChild: firstChild.slice(0, size),
    sibling: sibling.slice(0, size),
    depth: depth.slice(0, size),
    matched: matched.slice(0, size),
  };
}

/** The states by the first byte: the root has too many children to be gone through for each byte that is read. */
function firstStates({ byte, firstChild, sibling }: Tree): Uint32Array {
  const states = new Uint32Array(256);
  for (let child = firstChild[0] ?? 0; child !== 0; child = sibling[child] ?? 0)
    states[byte[child] ?? 0] = child;
  return states;
}

/** Each node's failure link is the longest proper suffix of it that is a node too; breadth first. */
function linkFailures(tree: Tree): Uint32Array {
  const { size, byte, firstChild, sibling, matched } = tree;
  const fail = new Uint32Array(size);
  const queue = new Uint32Array(size);
  for (let done = 0, queued = 1; done < queued; done += 1) {
    const node = queue[done] ?? 0;
    for (let child = firstChild[node] ?? 0; child !== 0; child = sibling[child] ?? 0) {
      queue[queued] = child;
      queued += 1;
      if (node === 0) continue;
      const last = byte[child] ?? 0;
      let suffix = fail[node] ?? 0;
      while (suffix !== 0 && childOf(tree, suffix, last) === 0) suffix = fail[suffix] ?? 0;
      const link = childOf(tree, suffix, last);
      fail[child] = link;
      matched[child] = Math.max(matched[child] ?? 0, matched[link] ?? 0);
    }
  }
  return fail;
}
