import { errorTypes } from "@plano/protocol";
import { githubConnections } from "../database/schema.ts";
import { badRequest, Failure } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { resultCount } from "../http/paging.ts";
import type { RunnerKey } from "../services/runner-calls.ts";
import type { Services } from "../services/services.ts";
import { isConnection } from "./github-connections.ts";
import type { GithubContentEndpoint } from "./names.ts";
import { findRow } from "./versioned.ts";

const mostResults = 100;

interface Answer {
  readonly Items: string[];
  readonly NextToken: string | null;
  readonly ErrorMessage: string | null;
}

/** What is on GitHub, as the runner of a private connection sees it. */
export function githubContentHandlers({ database, calls }: Services): HandlersFor<GithubContentEndpoint> {
  const runnerOf = async (path: { tenantId: string; connectionId: string }): Promise<RunnerKey> => {
    const row = await findRow(database, githubConnections, {
      where: isConnection(path),
      type: "GithubConnection",
    });
    if (!row.isPrivate || row.runnerId === null) {
      throw badRequest(
        "this server holds no token for the connection: only private connections, by a runner, work",
      );
    }
    return { tenantId: path.tenantId, runnerId: row.runnerId };
  };
  const common = (path: { tenantId: string; connectionId: string }) => ({
    TenantID: path.tenantId,
    ConnectionID: path.connectionId,
  });
  const paging = (query: { maxResults?: number | undefined; token?: string | undefined }) => ({
    MaxResults: resultCount(query.maxResults, mostResults) ?? null,
    Token: query.token ?? null,
  });

  return {
    listOrgs: async ({ path, query }) => {
      const request = {
        Type: "ListOrgsForGithubConnectionRequest" as const,
        ...common(path),
        ...paging(query),
        Search: query.search ?? null,
      };
      return toPage(await calls.call<"ListOrgsForGithubConnectionRequest">(await runnerOf(path), request));
    },
    searchRepos: async ({ path, query }) => {
      const request = {
        Type: "SearchRepoRequest" as const,
        ...common(path),
        OrgName: path.org,
        Search: query.search,
        ...paging(query),
      };
      return toPage(await calls.call<"SearchRepoRequest">(await runnerOf(path), request));
    },
    listBranches: async ({ path, query }) => {
      const request = {
        Type: "ListRepoBranchesRequest" as const,
        ...common(path),
        OrgName: path.org,
        RepoName: path.repo,
        Search: query.search ?? null,
        ...paging(query),
      };
      return toPage(await calls.call<"ListRepoBranchesRequest">(await runnerOf(path), request));
    },
  };
}

function toPage({ Items, NextToken, ErrorMessage }: Answer) {
  if (ErrorMessage) throw new Failure(502, errorTypes.runnerError, ErrorMessage);
  return { Items, ...(NextToken && { NextToken }) };
}
