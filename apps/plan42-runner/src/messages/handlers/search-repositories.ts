import type { RequestOf, ResponseTo } from "@plano/protocol";
import type { HandlerContext } from "./context.ts";
import { namesResponse } from "./names-response.ts";
import { pageToken, readPaging, refusal, requireName } from "./paging.ts";

/** Searches an organisation's repositories, forks too. */
export function searchRepositories(
  request: RequestOf<"SearchRepoRequest">,
  context: HandlerContext,
): Promise<ResponseTo<"SearchRepoRequest">> {
  return namesResponse("SearchRepoResponse", async () => {
    const { size, page = 1 } = readPaging(request);
    const owner = requireName(request.OrgName, "org name is required");
    if (request.Search === "") throw refusal("search query is required");
    const github = context.github(request.ConnectionID);
    const found = await github.searchRepositories({ owner, search: request.Search, page, perPage: size });
    return {
      items: found.items,
      nextToken: found.nextPage === undefined ? undefined : pageToken(found.nextPage),
    };
  });
}
