import { buildSchema } from "graphql";

/** The part of GitHub's public schema that concerns pull requests' feedback, with its nullability. */
export const githubSchema = buildSchema(`
scalar DateTime
scalar GitObjectID
interface Node { id: ID! }
interface Actor { login: String! }
type User implements Actor { login: String! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
type Query {
  repository(owner: String!, name: String!, followRenames: Boolean = true): Repository
  node(id: ID!): Node
}
type Repository { pullRequest(number: Int!): PullRequest }
type PullRequest implements Node {
  id: ID!
  reviewThreads(first: Int, after: String, last: Int, before: String): PullRequestReviewThreadConnection!
  comments(first: Int, after: String, last: Int, before: String): IssueCommentConnection!
  reviews(first: Int, after: String, last: Int, before: String): PullRequestReviewConnection
}
type PullRequestReviewThreadConnection { nodes: [PullRequestReviewThread] pageInfo: PageInfo! totalCount: Int! }
type PullRequestReviewThread implements Node {
  id: ID!
  isResolved: Boolean!
  comments(first: Int, after: String, last: Int, before: String): PullRequestReviewCommentConnection!
}
type PullRequestReviewCommentConnection { nodes: [PullRequestReviewComment] pageInfo: PageInfo! totalCount: Int! }
type PullRequestReviewComment implements Node {
  id: ID!
  author: Actor
  body: String!
  createdAt: DateTime!
  isMinimized: Boolean!
  minimizedReason: String
  diffHunk: String!
  path: String!
  commit: Commit
  line: Int
  startLine: Int
  originalLine: Int
  originalStartLine: Int
}
type IssueCommentConnection { nodes: [IssueComment] pageInfo: PageInfo! totalCount: Int! }
type IssueComment implements Node {
  id: ID!
  author: Actor
  body: String!
  createdAt: DateTime!
  isMinimized: Boolean!
  minimizedReason: String
}
type PullRequestReviewConnection { nodes: [PullRequestReview] pageInfo: PageInfo! totalCount: Int! }
type PullRequestReview implements Node {
  id: ID!
  author: Actor
  body: String!
  createdAt: DateTime!
  commit: Commit
}
type Commit { oid: GitObjectID! }
`);
