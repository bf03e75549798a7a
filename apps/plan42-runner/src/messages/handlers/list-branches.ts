import type { RequestOf, ResponseTo } from "@plano/protocol";
import type { HandlerContext } from "./context.ts";
import { namesResponse } from "./names-response.ts";
import { pageToken, readPaging, requireName } from "./paging.ts";

/** Lists a repository's branches; a search keeps those whose name contains it, so that a page may be short. */
export function listBranches(
  request: RequestOf<"ListRepoBranchesRequest">,
  context: HandlerContext,
): Promise<ResponseTo<"ListRepoBranchesRequest">> {
  return namesResponse("ListRepoBranchesResponse", async () => {
    const { size, page = 1 } = readPaging(request);
    const owner = requireName(request.OrgName, "org name is required");
    const name = requireName(request.RepoName, "repo name is required");
    const github = context.github(request.ConnectionID);
    const found = await github.branches({ owner, name, page, perPage: size });
    return {
      items: found.items.filter((branch) => branch.includes(request.Search ?? "")),
      nextToken: found.nextPage === undefined ? undefined : pageToken(found.nextPage),
    };
  });
}
