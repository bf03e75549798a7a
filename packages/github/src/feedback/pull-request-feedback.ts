import type { Repository } from "../github.ts";
import { GithubError } from "../github-error.ts";
import type { Graphql } from "../graphql.ts";
import { type Feedback, type GithubComment, isOwnComment, toFeedbackComment } from "./feedback.ts";
import { commentsQuery, reviewsQuery, reviewThreadsQuery, threadCommentsQuery } from "./queries.ts";

interface Page<Node> {
  readonly nodes: readonly (Node | null)[] | null;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

interface Thread {
  readonly id: string;
  readonly isResolved: boolean;
  readonly comments: Page<GithubComment>;
}

type IdentifiedComment = GithubComment & { readonly id: string };

/** The answer to each query: the list is called `page` in all of them. */
interface Answer<Node> {
  readonly repository?: { readonly pullRequest: { readonly page: Page<Node> } | null } | null;
  readonly node?: { readonly page?: Page<Node> } | null;
}

/** Feedback on a pull request: threads first, then comments, then reviews, each in GitHub's order. */
export async function pullRequestFeedback(
  graphql: Graphql,
  query: Repository & { readonly number: number; readonly signal?: AbortSignal },
): Promise<Feedback[]> {
  const { signal, owner, name, number } = query;
  const variables = { owner, name, number };
  const feedback: Feedback[] = [];
  const add = (id: string, isResolved: boolean, comments: readonly GithubComment[]) => {
    const others = comments.filter((comment) => !isOwnComment(comment)).map(toFeedbackComment);
    if (others.length > 0) feedback.push({ ID: id, IsResolved: isResolved, Comments: others });
  };

  for await (const thread of pages<Thread>(graphql, reviewThreadsQuery, variables, signal)) {
    const { endCursor, hasNextPage } = thread.comments.pageInfo;
    const comments = present(thread.comments.nodes);
    if (hasNextPage) {
      const rest = pages<GithubComment>(
        graphql,
        threadCommentsQuery,
        { thread: thread.id },
        signal,
        endCursor,
      );
      for await (const comment of rest) comments.push(comment);
    }
    add(thread.id, thread.isResolved, comments);
  }
  for await (const comment of pages<IdentifiedComment>(graphql, commentsQuery, variables, signal)) {
    add(comment.id, false, [comment]);
  }
  for await (const review of pages<IdentifiedComment>(graphql, reviewsQuery, variables, signal)) {
    if (review.body !== "") add(review.id, false, [review]);
  }
  return feedback;
}

async function* pages<Node>(
  graphql: Graphql,
  query: string,
  variables: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
  // GitHub takes null, not an empty text, for the beginning.
  from: string | null = null,
): AsyncGenerator<Node> {
  for (let cursor = from; ; ) {
    const answer: Answer<Node> = await graphql(query, { ...variables, cursor }, signal);
    const page = answer.repository?.pullRequest?.page ?? answer.node?.page;
    if (page === undefined) {
      const { owner, name, number, thread } = variables;
      const what = thread === undefined ? `pull request ${owner}/${name}#${number}` : `thread ${thread}`;
      throw new GithubError({ method: "POST", url: "graphql", status: 200, reason: `there is no ${what}` });
    }
    yield* present(page.nodes);
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || endCursor === null) return;
    cursor = endCursor;
  }
}

function present<Node>(nodes: readonly (Node | null)[] | null): Node[] {
  return (nodes ?? []).filter((node) => node !== null);
}
