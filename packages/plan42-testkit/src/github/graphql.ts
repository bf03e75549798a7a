import { graphql } from "graphql";
import type { CommentData, GithubData, PullRequestData, ThreadData } from "./data.ts";
import { githubSchema } from "./schema.ts";

interface PageArguments {
  readonly first?: number;
  readonly after?: string | null;
}

/** Answers a GraphQL request as GitHub does: 200 with `errors` for a wrong query or a missing object. */
export async function answerGraphql(data: GithubData, body: unknown): Promise<object> {
  const { query, variables } = (body ?? {}) as { query?: unknown; variables?: Record<string, unknown> };
  if (typeof query !== "string") return { errors: [{ message: "A query attribute must be specified" }] };
  return graphql({
    schema: githubSchema,
    source: query,
    variableValues: variables ?? {},
    rootValue: {
      repository: ({ owner, name }: { owner: string; name: string }) => {
        const full = `${owner}/${name}`;
        if (data.repositories?.[full] === undefined) {
          throw new Error(`Could not resolve to a Repository with the name '${full}'.`);
        }
        return {
          pullRequest: ({ number }: { number: number }) => {
            const found = data.pullRequests?.[`${full}#${number}`];
            if (found === undefined) {
              throw new Error(`Could not resolve to a PullRequest with the number of ${number}.`);
            }
            return pullRequest(`${full}#${number}`, found);
          },
        };
      },
      node: ({ id }: { id: string }) => {
        for (const { threads = [] } of Object.values(data.pullRequests ?? {})) {
          const found = threads.find((one) => one.id === id);
          if (found !== undefined) return thread(found);
        }
        throw new Error(`Could not resolve to a node with the global id of '${id}'`);
      },
    },
  });
}

function pullRequest(id: string, { threads = [], comments = [], reviews = [] }: PullRequestData) {
  return {
    id,
    reviewThreads: (page: PageArguments) => connection(threads.map(thread), page),
    comments: (page: PageArguments) => connection(comments.map(comment), page),
    reviews: (page: PageArguments) => connection(reviews.map(comment), page),
  };
}

function thread({ id, isResolved = false, comments }: ThreadData) {
  return {
    __typename: "PullRequestReviewThread",
    id,
    isResolved,
    comments: (page: PageArguments) => connection(comments.map(comment), page),
  };
}

function comment({ id, author, body, path = "", line, startLine }: CommentData) {
  return {
    __typename: "IssueComment",
    id,
    author: author === undefined ? null : { __typename: "User", login: author },
    body,
    createdAt: "2026-01-02T03:04:05Z",
    isMinimized: false,
    minimizedReason: null,
    diffHunk: "@@ -1 +1 @@",
    path,
    commit: { oid: "0123456789abcdef0123456789abcdef01234567" },
    line: line ?? null,
    startLine: startLine ?? null,
    originalLine: line ?? null,
    originalStartLine: startLine ?? null,
  };
}

/** A page of a list. Cursors are opaque; the empty text is none. */
function connection<Node>(nodes: readonly Node[], { first, after }: PageArguments) {
  if (first === undefined) {
    throw new Error("You must provide a `first` or `last` value to properly paginate the connection.");
  }
  if (first < 1 || first > 100) {
    throw new Error(
      `Requesting ${first} records on the connection exceeds the \`first\` limit of 100 records.`,
    );
  }
  const start = after === null || after === undefined ? 0 : readCursor(after);
  const end = Math.min(start + first, nodes.length);
  return {
    nodes: nodes.slice(start, end),
    totalCount: nodes.length,
    pageInfo: {
      hasNextPage: end < nodes.length,
      hasPreviousPage: start > 0,
      startCursor: start < end ? writeCursor(start) : null,
      endCursor: start < end ? writeCursor(end) : null,
    },
  };
}

function writeCursor(end: number): string {
  return Buffer.from(`cursor:${end}`).toString("base64");
}

function readCursor(text: string): number {
  const end = /^cursor:(\d+)$/.exec(Buffer.from(text, "base64").toString())?.[1];
  if (end === undefined) throw new Error(`\`${text}\` does not appear to be a valid cursor.`);
  return Number(end);
}
