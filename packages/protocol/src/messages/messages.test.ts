import { expect, test } from "vitest";
import {
  failureResponse,
  type MessageHandlers,
  parseRequest,
  parseResponse,
  type RequestMessage,
} from "./messages.ts";

const times = { CreatedAt: "2026-11-21T08:15:54Z", UpdatedAt: "2026-11-21T08:15:54Z" };
const task = {
  TenantId: "T",
  TaskId: "K",
  Title: "…",
  EnvironmentId: "E",
  Prompt: "…",
  Parallel: false,
  Model: null,
  AssignedToAI: false,
  RepoInfo: {},
  State: "Executing",
  ...times,
  Deleted: false,
  Version: 1,
};
const turn = {
  TenantId: "T",
  TaskId: "K",
  TurnIndex: 1,
  Prompt: "…",
  CommitInfo: {},
  Status: "Pending",
  ...times,
  Version: 2,
};
const environment = {
  TenantId: "T",
  EnvironmentId: "E",
  Name: "…",
  Description: "",
  Context: "",
  Repos: [],
  SetupScript: "",
  DockerImage: "org/agent:latest",
  AllowedHosts: [],
  EnvVars: [],
  ...times,
  Deleted: false,
  Version: 1,
  RunnerId: "default",
  GithubConnectionId: "default",
};
const page = { MaxResults: null, Token: null };
const connection = { TenantID: "T", ConnectionID: "X" };

/** As the reference's server writes them, letter by letter. */
const recorded = [
  { Type: "PingRequest" },
  {
    Type: "InvokeAgentRequest",
    Task: task,
    Turn: turn,
    Environment: environment,
    GithubToken: null,
    GithubURL: null,
    PrivateGithubConnectionID: null,
    AgentToken: "p42_eyJ",
    FeedBack: null,
  },
  { Type: "ListOrgsForGithubConnectionRequest", ...connection, MaxResults: 2, Token: null, Search: null },
  { Type: "SearchRepoRequest", ...connection, OrgName: "alpha", Search: "repo", ...page },
  {
    Type: "ListRepoBranchesRequest",
    ...connection,
    OrgName: "alpha",
    RepoName: "repo-01",
    Search: "feature",
    ...page,
  },
];

test.each(recorded)("$Type is read and written as it came", (message) => {
  const parsed = parseRequest(JSON.stringify(message));
  if (!parsed.ok) throw new Error(parsed.reason);
  expect(JSON.stringify(parsed.message)).toBe(JSON.stringify(message));
});

test("case and unknown fields do not matter, not even those of a runtime", () => {
  const parsed = parseRequest(
    JSON.stringify({ TYPE: "SearchRepoRequest", tenantid: "T", connectionid: "X", LogDir: "/", runtime: {} }),
  );
  expect(parsed).toEqual({
    ok: true,
    message: { Type: "SearchRepoRequest", ...connection, OrgName: "", Search: "", ...page },
  });
});

test.each([
  ["no JSON", "{", undefined, "it is no JSON"],
  ["no object", "[]", undefined, "it has no Type"],
  ["no type", "{}", undefined, "it has no Type"],
  ["an unknown type", '{"Type":"DanceRequest"}', "DanceRequest", "unsupported message type"],
  ["a type that objects inherit", '{"Type":"toString"}', "toString", "unsupported message type"],
  [
    "no turn",
    JSON.stringify({ ...recorded[1], Turn: null }),
    "InvokeAgentRequest",
    "Turn: Invalid input: expected object, received undefined",
  ],
])("not understood: %s", (_name, text, type, reason) => {
  expect(parseRequest(text)).toEqual({ ok: false, type, reason });
});

test("responses are read with empty lists for null, and only those that were asked for", () => {
  const text = '{"Type":"SearchRepoResponse","Items":null,"NextToken":null,"ErrorMessage":"no"}';
  expect(parseResponse("SearchRepoRequest", text)).toEqual({
    ok: true,
    message: { Type: "SearchRepoResponse", Items: [], NextToken: null, ErrorMessage: "no" },
  });
  expect(parseResponse("PingRequest", text)).toMatchObject({
    ok: false,
    reason: "it is a SearchRepoResponse, not a PingResponse",
  });
});

test("every request has a failure to answer with, unknown ones too", () => {
  const written = (type: string) => JSON.stringify(failureResponse(type, "no"));
  expect(written("InvokeAgentRequest")).toBe('{"Type":"InvokeAgentResponse","ErrorMessage":"no"}');
  expect(written("SearchRepoRequest")).toBe(
    '{"Type":"SearchRepoResponse","Items":[],"NextToken":null,"ErrorMessage":"no"}',
  );
  expect(written("DanceRequest")).toBe('{"Type":"DanceResponse","ErrorMessage":"no"}');
});

test("a map of handlers that lacks one does not compile", async () => {
  const never = () => Promise.reject(new Error("not called"));
  const handlers: MessageHandlers<undefined> = {
    PingRequest: async () => ({ Type: "PingResponse" }),
    InvokeAgentRequest: async ({ Turn }) => ({ Type: "InvokeAgentResponse", ErrorMessage: Turn.Status }),
    ListOrgsForGithubConnectionRequest: never,
    SearchRepoRequest: never,
    ListRepoBranchesRequest: never,
  };
  const { PingRequest: _left, ...rest } = handlers;
  // @ts-expect-error there is no handler for PingRequest
  const lacking: MessageHandlers<undefined> = rest;
  expect(lacking.PingRequest).toBeUndefined();
  const types: readonly RequestMessage["Type"][] = recorded.map(
    ({ Type }) => Type,
  ) as RequestMessage["Type"][];
  expect(Object.keys(handlers).sort()).toEqual([...types].sort());
  expect(await handlers.PingRequest({ Type: "PingRequest" }, undefined)).toEqual({ Type: "PingResponse" });
});
