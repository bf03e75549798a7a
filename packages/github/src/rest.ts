import type { Github } from "./github.ts";
import { GithubError } from "./github-error.ts";

/** A page of names. `nextPage` is absent on the last one. */
export interface NamesPage {
  readonly items: readonly string[];
  readonly nextPage?: number;
}

interface RestOptions {
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch: typeof fetch;
}

const apiVersion = "2022-11-28";

/** The REST half of {@link Github}. */
export function createRest(options: RestOptions): Omit<Github, "pullRequestFeedback"> {
  // Loaded with the first call: most runners wait long for it, and some for ever.
  let loading: Promise<import("@octokit/rest").Octokit> | undefined;
  const octokit = () => {
    loading ??= load(options);
    return loading;
  };
  const ask = async <T>(
    signal: AbortSignal | undefined,
    call: (rest: import("@octokit/rest").Octokit) => Promise<T>,
  ): Promise<T> => {
    try {
      return await call(await octokit());
    } catch (error) {
      throw signal?.aborted ? signal.reason : toGithubError(error);
    }
  };
  const signalled = (signal: AbortSignal | undefined) => ({
    headers: { "x-github-api-version": apiVersion },
    ...(signal === undefined ? {} : { request: { signal } }),
  });

  return {
    organizations: ({ page, perPage, signal }) =>
      ask(signal, async ({ rest }) => {
        const reply = await rest.orgs.listForAuthenticatedUser({
          page,
          per_page: perPage,
          ...signalled(signal),
        });
        return namesPage(
          reply.data.map(({ login }) => login),
          reply.headers.link,
        );
      }),

    userLogin: (signal) =>
      ask(signal, async ({ rest }) => (await rest.users.getAuthenticated(signalled(signal))).data.login),

    searchRepositories: ({ owner, search, page, perPage, signal }) =>
      ask(signal, async ({ rest }) => {
        const reply = await rest.search.repos({
          page,
          per_page: perPage,
          q: `${search} org:${owner} fork:true`,
          ...signalled(signal),
        });
        return namesPage(
          reply.data.items.map(({ full_name }) => full_name),
          reply.headers.link,
        );
      }),

    branches: ({ owner, name, page, perPage, signal }) =>
      ask(signal, async ({ rest }) => {
        const reply = await rest.repos.listBranches({
          owner,
          repo: name,
          page,
          per_page: perPage,
          ...signalled(signal),
        });
        return namesPage(
          reply.data.map((branch) => branch.name),
          reply.headers.link,
        );
      }),
  };
}

async function load({ baseUrl, token, fetch }: RestOptions) {
  const { Octokit } = await import("@octokit/rest");
  const silent = () => {};
  return new Octokit({
    auth: token,
    baseUrl,
    userAgent: "plan42-runner",
    request: { fetch },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
}

function namesPage(items: readonly string[], link: string | undefined): NamesPage {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? "")?.[1];
  const page = next === undefined ? undefined : Number(URL.parse(next)?.searchParams.get("page"));
  return page === undefined || !Number.isSafeInteger(page) || page < 1
    ? { items }
    : { items, nextPage: page };
}

/** Octokit's errors carry the request, and the answer with GitHub's own words if one came. */
function toGithubError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof GithubError) return error;
  if (error.cause instanceof GithubError) return error.cause;
  if (!("status" in error) || !("request" in error)) return error;
  const { status, request, response } = error as Error & {
    status: number;
    request: { method: string; url: string };
    response?: { data?: { message?: unknown } };
  };
  const reason = response?.data?.message;
  return new GithubError({
    method: request.method,
    url: request.url,
    status,
    reason: typeof reason === "string" ? reason : error.message,
    hint: status === 401 ? "the token is wrong or has expired" : undefined,
    cause: error,
  });
}
