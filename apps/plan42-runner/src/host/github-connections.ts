import { AppError } from "@plano/errors";
import { createGithub, type Github } from "@plano/github";
import type { GithubConnectionConfig } from "@plano/runner-home";

/** The GitHubs of the configuration, as it is at the moment. */
export interface GithubConnections {
  /** The GitHub behind a connection. Throws an `AppError` in the words that callers know. */
  github(connectionId: string): Github;
  /** What the configuration says of a connection. */
  find(connectionId: string): GithubConnectionConfig | undefined;
}

/** `current` is asked at each use; a client is made anew when its connection's settings have changed. */
export function createGithubConnections(
  current: () => readonly GithubConnectionConfig[],
  fetch: typeof globalThis.fetch,
): GithubConnections {
  const clients = new Map<
    string,
    { readonly url: string; readonly token: string; readonly github: Github }
  >();
  const refuse = (message: string) => new AppError(message, { code: "github-connection" });
  const find = (id: string) => current().find(({ connectionId }) => connectionId === id);

  return {
    find,
    github: (connectionId) => {
      if (current().length === 0) throw refuse("github connection index not configured");
      const connection = find(connectionId);
      if (connection === undefined) throw refuse(`github connection ${connectionId} not found`);
      const { url, token } = connection;
      if (token === "") throw refuse(`missing github token for connection ${connectionId}`);
      const known = clients.get(connectionId);
      if (known?.url === url && known.token === token) return known.github;
      const github = createGithub({ url, token, fetch });
      clients.set(connectionId, { url, token, github });
      return github;
    },
  };
}
