import { createGithub, type Github } from "@plano/github";

/** The GitHub of connections whose token this server keeps. */
export interface ServerGithub {
  /** What the holder of a token can do there. */
  as(token: string): Github;
  /** Its address as a job needs it; null for github.com, which goes without saying. */
  readonly ownUrl: string | null;
}

export const defaultGithubUrl = "https://github.com";

/** The GitHub at an address, as people see it. */
export function createServerGithub(url: string): ServerGithub {
  return {
    as: (token) => createGithub({ url, token }),
    ownUrl: url === defaultGithubUrl ? null : url,
  };
}
