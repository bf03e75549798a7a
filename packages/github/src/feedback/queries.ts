const pageInfo = "pageInfo { hasNextPage endCursor }";
const threadComment =
  "author { login } body createdAt isMinimized minimizedReason diffHunk path commit { oid } line startLine originalLine originalStartLine";

/** A pull request's review threads, each with its first comments. */
export const reviewThreadsQuery = `
query ReviewThreads($owner: String!, $name: String!, $number: Int!, $cursor: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      page: reviewThreads(first: 100, after: $cursor) {
        nodes {
          id
          isResolved
          comments(first: 100) { nodes { ${threadComment} } ${pageInfo} }
        }
        ${pageInfo}
      }
    }
  }
}`;

/** Further comments of one thread. */
export const threadCommentsQuery = `
query ThreadComments($thread: ID!, $cursor: String) {
  node(id: $thread) {
    ... on PullRequestReviewThread {
      page: comments(first: 100, after: $cursor) { nodes { ${threadComment} } ${pageInfo} }
    }
  }
}`;

/** Comments on the pull request as a whole. */
export const commentsQuery = `
query Comments($owner: String!, $name: String!, $number: Int!, $cursor: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      page: comments(first: 100, after: $cursor) {
        nodes { id author { login } body createdAt isMinimized minimizedReason }
        ${pageInfo}
      }
    }
  }
}`;

/** Reviews, whose text stands for itself. */
export const reviewsQuery = `
query Reviews($owner: String!, $name: String!, $number: Int!, $cursor: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      page: reviews(first: 100, after: $cursor) {
        nodes { id author { login } body createdAt commit { oid } }
        ${pageInfo}
      }
    }
  }
}`;
