import { z } from "zod";
import { githubConnectionSchema } from "../objects/github-connection.ts";
import { booleanText, timestamp, wireObject } from "../wire.ts";
import { endpoint, nameText, optionalText, page, pageQuery, users, usersAndRunner } from "./endpoint.ts";

const connections = "/v1/tenants/{tenantId}/github-connections";
const connection = `${connections}/{connectionId}` as const;
const content = {
  RunnerID: optionalText(64),
  Name: nameText.optional(),
  GithubUserLogin: optionalText(256),
  GithubUserID: z.number().int().optional(),
};

export const githubConnectionEndpoints = {
  createGithubConnection: endpoint({
    method: "PUT",
    path: connection,
    summary:
      "Creates a connection to GitHub. The token of a private one stays with its runner; that of another is a change.",
    callers: users,
    status: 201,
    body: wireObject({ Private: z.boolean().default(false), ...content }),
    result: githubConnectionSchema,
  }),
  getGithubConnection: endpoint({
    method: "GET",
    path: connection,
    summary: "Shows a connection to GitHub.",
    callers: usersAndRunner,
    status: 200,
    result: githubConnectionSchema,
  }),
  updateGithubConnection: endpoint({
    method: "PATCH",
    path: connection,
    summary:
      "Changes a connection to GitHub. The tokens of one that is not private are kept encrypted and never shown; " +
      "an empty one is forgotten. A new token's expiry comes with it, or it has none.",
    callers: users,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      Private: z.boolean().optional(),
      ...content,
      OAuthToken: optionalText(4096),
      RefreshToken: optionalText(4096),
      TokenExpiry: timestamp.optional(),
      State: optionalText(1024),
      StateExpiry: timestamp.optional(),
    }),
    result: githubConnectionSchema,
  }),
  deleteGithubConnection: endpoint({
    method: "DELETE",
    path: connection,
    summary: "Deletes a connection to GitHub for good.",
    callers: users,
    status: 204,
    ifMatch: "required",
  }),
  listGithubConnections: endpoint({
    method: "GET",
    path: connections,
    summary: "Lists the tenant's connections to GitHub.",
    callers: usersAndRunner,
    status: 200,
    query: wireObject({ ...pageQuery, private: booleanText.optional() }),
    result: page(githubConnectionSchema),
  }),
  listOrgs: endpoint({
    method: "GET",
    path: `${connection}/orgs`,
    summary: "Lists the organisations that a connection reaches.",
    callers: users,
    status: 200,
    query: wireObject({ ...pageQuery, search: z.string().optional() }),
    result: page(z.string()),
  }),
  searchRepos: endpoint({
    method: "GET",
    path: `${connection}/orgs/{org}/repos`,
    summary: "Finds repositories of an organisation, as `org/repo`.",
    callers: users,
    status: 200,
    query: wireObject({ ...pageQuery, search: z.string().default("") }),
    result: page(z.string()),
  }),
  listBranches: endpoint({
    method: "GET",
    path: `${connection}/orgs/{org}/repos/{repo}/branches`,
    summary: "Lists the branches of a repository.",
    callers: users,
    status: 200,
    query: wireObject({ ...pageQuery, search: z.string().optional() }),
    result: page(z.string()),
  }),
} as const;
