import type { MessageHandlers } from "@plano/protocol";
import type { HandlerContext } from "./context.ts";
import { invokeAgent } from "./invoke-agent.ts";
import { listBranches } from "./list-branches.ts";
import { listOrganizations } from "./list-organizations.ts";
import { ping } from "./ping.ts";
import { searchRepositories } from "./search-repositories.ts";

/** What answers each type of request. A type without a handler does not compile. */
export const handlers: MessageHandlers<HandlerContext> = {
  PingRequest: ping,
  InvokeAgentRequest: invokeAgent,
  ListOrgsForGithubConnectionRequest: listOrganizations,
  SearchRepoRequest: searchRepositories,
  ListRepoBranchesRequest: listBranches,
};
