import { type Github, GithubError } from "@plano/github";
import { errorTypes } from "@plano/protocol";
import { githubConnections } from "../database/schema.ts";
import { badRequest, Failure } from "../http/failure.ts";
import type { HandlersFor } from "../http/handlers.ts";
import { resultCount } from "../http/paging.ts";
import { accessOf } from "../services/connection-access.ts";
import {
  listBranches,
  listOrganizations,
  type Names,
  type NamesQuery,
  searchRepositories,
} from "../services/github-lists.ts";
import type { RunnerKey } from "../services/runner-calls.ts";
import type { Services } from "../services/services.ts";
import { isConnection } from "./github-connections.ts";
import type { GithubContentEndpoint } from "./names.ts";
import { findRow } from "./versioned.ts";

const mostResults = 100;

interface ConnectionPath {
  readonly tenantId: string;
  readonly connectionId: string;
}

/** The same question, to a runner and to GitHub itself. */
interface Asked {
  readonly runner: (runner: RunnerKey) => Promise<Answer>;
  readonly server: (github: Github) => Promise<Names>;
}

interface Answer {
  readonly Items: string[];
  readonly NextToken: string | null;
  readonly ErrorMessage: string | null;
}

/** What is on GitHub: as the runner of a private connection sees it, or with the token that this server keeps. */
export function githubContentHandlers({
  database,
  calls,
  vault,
  github,
  now,
}: Services): HandlersFor<GithubContentEndpoint> {
  /** Asks whoever has the connection's token. */
  const ask = async (path: ConnectionPath, who: Asked): Promise<Names> => {
    const row = await findRow(database, githubConnections, {
      where: isConnection(path),
      type: "GithubConnection",
    });
    const access = accessOf(row, { vault, now: now() });
    if (access.kind === "none") throw badRequest(access.reason);
    if (access.kind === "runner") {
      return toPage(await who.runner({ tenantId: path.tenantId, runnerId: access.runnerId }));
    }
    try {
      return await who.server(github.as(access.token));
    } catch (error) {
      throw error instanceof GithubError ? new Failure(502, errorTypes.githubError, error.message) : error;
    }
  };
  const common = (path: ConnectionPath) => ({
    TenantID: path.tenantId,
    ConnectionID: path.connectionId,
  });
  const paging = (query: NamesQuery) => ({
    MaxResults: resultCount(query.maxResults, mostResults) ?? null,
    Token: query.token ?? null,
  });

  return {
    listOrgs: ({ path, query }) =>
      ask(path, {
        runner: (runner) =>
          calls.call<"ListOrgsForGithubConnectionRequest">(runner, {
            Type: "ListOrgsForGithubConnectionRequest",
            ...common(path),
            ...paging(query),
            Search: query.search ?? null,
          }),
        server: (as) => listOrganizations(as, query),
      }),
    searchRepos: ({ path, query }) =>
      ask(path, {
        runner: (runner) =>
          calls.call<"SearchRepoRequest">(runner, {
            Type: "SearchRepoRequest",
            ...common(path),
            OrgName: path.org,
            Search: query.search,
            ...paging(query),
          }),
        server: (as) => searchRepositories(as, { ...query, owner: path.org }),
      }),
    listBranches: ({ path, query }) =>
      ask(path, {
        runner: (runner) =>
          calls.call<"ListRepoBranchesRequest">(runner, {
            Type: "ListRepoBranchesRequest",
            ...common(path),
            OrgName: path.org,
            RepoName: path.repo,
            Search: query.search ?? null,
            ...paging(query),
          }),
        server: (as) => listBranches(as, { ...query, owner: path.org, name: path.repo }),
      }),
  };
}

function toPage({ Items, NextToken, ErrorMessage }: Answer): Names {
  if (ErrorMessage) throw new Failure(502, errorTypes.runnerError, ErrorMessage);
  return { Items, ...(NextToken && { NextToken }) };
}
