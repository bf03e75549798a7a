import { byName, type Connection, defaultGithubUrl } from "./setup.ts";

/** A connection as the server knows it. */
export interface ServerConnection {
  readonly connectionId: string;
  readonly name: string;
}

/** Connections after a look at the server. */
export interface SyncedConnections {
  readonly connections: readonly Connection[];
  /** Names of those that the server does not know any more. */
  readonly removed: readonly string[];
}

/**
 * Takes over what the server knows: names and ids are the server's; addresses, tokens and the tables' names stay as
 * they were. Every connection has a table of its own, whatever the connections are called.
 */
export function syncConnections(
  current: readonly Connection[],
  server: readonly ServerConnection[],
): SyncedConnections {
  const known = new Map<string, Connection>();
  for (const connection of current) {
    // Of two with one id the first counts, as for the runner.
    if (!known.has(connection.connectionId)) known.set(connection.connectionId, connection);
  }
  const kept = server.flatMap(({ connectionId }) => known.get(connectionId) ?? []);
  const taken = new Set(kept.map(({ key }) => key.toLowerCase()));
  const connections = server.toSorted(byId).map(({ connectionId, name }): Connection => {
    const before = known.get(connectionId);
    const shown = name || connectionId;
    if (before !== undefined) return { ...before, name: shown };
    return { key: freeKey(shown, taken), connectionId, name: shown, url: defaultGithubUrl, token: "" };
  });
  const removed = current.filter((connection) => !kept.includes(connection)).map(({ name }) => name);
  return { connections: connections.sort(byName), removed };
}

/** A table's name that no other connection has, like the connection's own; it is taken from then on. */
function freeKey(name: string, taken: Set<string>): string {
  const plain =
    name
      .toLowerCase()
      .replace(/[^a-z0-9_]+/g, "-")
      .replace(/^-+|-+$/g, "") || "connection";
  let key = plain;
  for (let count = 2; taken.has(key); count += 1) key = `${plain}-${count}`;
  taken.add(key);
  return key;
}

function byId(one: ServerConnection, other: ServerConnection): number {
  return one.connectionId < other.connectionId ? -1 : 1;
}
