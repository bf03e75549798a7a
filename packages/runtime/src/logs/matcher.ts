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

interface Node {
  readonly children: Map<number, number>;
  readonly depth: number;
  fail: number;
  matched: number;
}

export function createMatcher(patterns: Iterable<Uint8Array>): Matcher {
  const root: Node = { children: new Map(), depth: 0, fail: 0, matched: 0 };
  const nodes: Node[] = [root];
  for (const pattern of patterns) insert(nodes, root, pattern);
  linkFailures(nodes, root);

  const next = (state: number, byte: number): number => {
    for (let at = state; ; ) {
      const node = nodes[at] ?? root;
      const child = node.children.get(byte);
      if (child !== undefined) return child;
      if (at === 0) return 0;
      at = node.fail;
    }
  };
  return {
    start: 0,
    isEmpty: nodes.length === 1,
    next,
    depth: (state) => nodes[state]?.depth ?? 0,
    matched: (state) => nodes[state]?.matched ?? 0,
  };
}

function insert(nodes: Node[], root: Node, pattern: Uint8Array): void {
  let node = root;
  for (const byte of pattern) {
    let index = node.children.get(byte);
    if (index === undefined) {
      index = nodes.push({ children: new Map(), depth: node.depth + 1, fail: 0, matched: 0 }) - 1;
      node.children.set(byte, index);
    }
    node = nodes[index] ?? root;
  }
  node.matched = node.depth;
}

/** Each node's failure link is the longest proper suffix of it that is a node too; breadth first. */
function linkFailures(nodes: readonly Node[], root: Node): void {
  const queue = [...root.children.values()];
  for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
    const node = nodes[index] ?? root;
    for (const [byte, childIndex] of node.children) {
      const child = nodes[childIndex] ?? root;
      let fail = node.fail;
      while (fail !== 0 && !nodes[fail]?.children.has(byte)) fail = nodes[fail]?.fail ?? 0;
      child.fail = nodes[fail]?.children.get(byte) ?? 0;
      child.matched = Math.max(child.matched, nodes[child.fail]?.matched ?? 0);
      queue.push(childIndex);
    }
  }
}
