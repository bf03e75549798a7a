import { AppError } from "@plano/errors";
import type { Github } from "@plano/github";
import type { RequestOf, ResponseTo } from "@plano/protocol";
import type { HandlerContext } from "./context.ts";
import { namesResponse } from "./names-response.ts";
import { pageToken, readPaging } from "./paging.ts";

/**
 * Lists the organisations of the connection's user. The last page ends with the user's own login; when it is
 * full already, the login has a page of its own.
 */
export function listOrganizations(
  request: RequestOf<"ListOrgsForGithubConnectionRequest">,
  context: HandlerContext,
): Promise<ResponseTo<"ListOrgsForGithubConnectionRequest">> {
  return namesResponse("ListOrgsForGithubConnectionResponse", async () => {
    const { size, page } = readPaging(request);
    const github = context.github(request.ConnectionID);
    const matches = (login: string) => login.includes(request.Search ?? "");
    const ownLogin = async () => [await userLogin(github)].filter(matches);
    if (page === undefined) return { items: await ownLogin(), nextToken: undefined };

    const found = await github.organizations({ page, perPage: size });
    const items = found.items.filter(matches);
    if (found.nextPage !== undefined) return { items, nextToken: pageToken(found.nextPage) };
    if (items.length >= size) return { items, nextToken: pageToken(undefined) };
    return { items: [...items, ...(await ownLogin())], nextToken: undefined };
  });
}

async function userLogin(github: Github): Promise<string> {
  try {
    return await github.userLogin();
  } catch (cause) {
    throw new AppError("unable to fetch data for github user", { code: "github-refused", cause });
  }
}
