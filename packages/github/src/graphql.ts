import { GithubError } from "./github-error.ts";

interface GraphqlOptions {
  readonly url: string;
  readonly token: string;
  readonly fetch: typeof fetch;
}

/** Sends a query with its variables and resolves to its data. */
export type Graphql = <Data>(
  query: string,
  variables: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
) => Promise<Data>;

/** GitHub's GraphQL API. Errors in an answer of 200 are errors here. */
export function createGraphql({ url, token, fetch }: GraphqlOptions): Graphql {
  const fail = (status: number, reason: string, cause?: unknown) =>
    new GithubError({ method: "POST", url, status, reason, cause });

  return async (query, variables, signal) => {
    const { graphql } = await import("@octokit/graphql");
    const send = graphql.defaults({
      url: "/graphql",
      baseUrl: url.replace(/\/graphql$/, ""),
      headers: { authorization: `Bearer ${token}`, "user-agent": "plan42-runner" },
    });
    try {
      return await send(query, { ...variables, request: { fetch, ...(signal ? { signal } : {}) } });
    } catch (error) {
      if (signal?.aborted || !(error instanceof Error)) throw error;
      if (error instanceof GithubError) throw error;
      if (error.cause instanceof GithubError) throw error.cause;
      if ("errors" in error) throw fail(200, graphqlReasons(error.errors), error);
      if ("status" in error) throw fail(Number(error.status), error.message, error);
      throw error;
    }
  };
}

function graphqlReasons(errors: unknown): string {
  if (!Array.isArray(errors)) return "the query failed";
  return errors.map((one: { message?: unknown }) => String(one.message)).join("; ");
}
