import { z } from "zod";
import { environmentSchema } from "../objects/environment.ts";
import { taskSchema } from "../objects/task.ts";
import { turnSchema } from "../objects/turn.ts";
import { list, nullable, wireObject } from "../wire.ts";

const commentSchema = wireObject({
  User: z.string().default(""),
  Body: z.string().default(""),
  Date: z.string().default(""),
  DiffHunk: z.string().default(""),
  Path: z.string().default(""),
  StartLine: z.number().int().default(0),
  OrigStartLine: z.number().int().default(0),
  CommitHash: z.string().default(""),
  IsMinimized: z.boolean().default(false),
  MinimizedReason: z.string().default(""),
});

/** One thread of a pull request's review. */
const pullRequestFeedbackSchema = wireObject({
  ID: z.string(),
  IsResolved: z.boolean().default(false),
  Comments: list(commentSchema),
});
export type PullRequestFeedback = z.output<typeof pullRequestFeedbackSchema>;

const text = nullable(z.string());
const paging = { MaxResults: nullable(z.number().int()), Token: text };
const connection = { TenantID: z.string(), ConnectionID: z.string() };

/** Fields of each request, besides `Type`. What a field must hold is for its handler to say. */
export const requestShapes = {
  PingRequest: {},
  InvokeAgentRequest: {
    Task: taskSchema,
    Turn: turnSchema,
    Environment: environmentSchema,
    GithubToken: text,
    GithubURL: text,
    PrivateGithubConnectionID: text,
    AgentToken: z.string(),
    /** By `org/repo`. */
    FeedBack: nullable(z.record(z.string(), list(pullRequestFeedbackSchema))),
  },
  ListOrgsForGithubConnectionRequest: { ...connection, ...paging, Search: text },
  SearchRepoRequest: {
    ...connection,
    OrgName: z.string().default(""),
    Search: z.string().default(""),
    ...paging,
  },
  ListRepoBranchesRequest: {
    ...connection,
    OrgName: z.string().default(""),
    RepoName: z.string().default(""),
    Search: text,
    ...paging,
  },
} as const;

const names = { Items: list(z.string()), NextToken: text, ErrorMessage: text };

/** Fields of each response, besides `Type`. */
export const responseShapes = {
  PingResponse: {},
  InvokeAgentResponse: { ErrorMessage: text },
  ListOrgsForGithubConnectionResponse: names,
  SearchRepoResponse: names,
  ListRepoBranchesResponse: names,
} as const;
