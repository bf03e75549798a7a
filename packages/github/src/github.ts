import { githubAddresses } from "./addresses.ts";
import type { Feedback } from "./feedback/feedback.ts";
import { pullRequestFeedback } from "./feedback/pull-request-feedback.ts";
import { createGraphql } from "./graphql.ts";
import { createLimitedFetch } from "./limited-fetch.ts";
import { createRest, type NamesPage } from "./rest.ts";

export interface GithubOptions {
  /** As people see it, such as `https://github.com`. */
  readonly url: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
  /** Limit for one try of a call, in milliseconds. Default 10,000. */
  readonly timeoutMilliseconds?: number;
  /** The longest rate limit that is waited for, in milliseconds. Default 5,000. */
  readonly patienceMilliseconds?: number;
  readonly now?: () => number;
}

/** Which page of a list. */
export interface PageRequest {
  /** From 1. */
  readonly page: number;
  /** 1 to 100. */
  readonly perPage: number;
  readonly signal?: AbortSignal | undefined;
}

/** A repository by its owner and name. */
export interface Repository {
  readonly owner: string;
  readonly name: string;
}

/** What a runner needs of a GitHub. Calls reject with a `GithubError`, or the signal's reason. */
export interface Github {
  /** Login names of the organisations that the token's user belongs to. */
  organizations(page: PageRequest): Promise<NamesPage>;
  /** Login name of the token's user. */
  userLogin(signal?: AbortSignal): Promise<string>;
  /** Full names of an organisation's or user's repositories, forks too, that the search finds. */
  searchRepositories(query: PageRequest & { owner: string; search: string }): Promise<NamesPage>;
  branches(query: PageRequest & Repository): Promise<NamesPage>;
  /** All that people said about a pull request, but for what this product wrote: threads, comments, reviews. */
  pullRequestFeedback(query: Repository & { number: number; signal?: AbortSignal }): Promise<Feedback[]>;
}

export function createGithub(options: GithubOptions): Github {
  const addresses = githubAddresses(options.url);
  const limited = createLimitedFetch({
    fetch: options.fetch ?? fetch,
    timeoutMilliseconds: options.timeoutMilliseconds ?? 10_000,
    patienceMilliseconds: options.patienceMilliseconds ?? 5_000,
    now: options.now ?? Date.now,
  });
  const graphql = createGraphql({ url: addresses.graphql, token: options.token, fetch: limited });
  return {
    ...createRest({ baseUrl: addresses.rest, token: options.token, fetch: limited }),
    pullRequestFeedback: (query) => pullRequestFeedback(graphql, query),
  };
}
