/** One comment, in the words of the runner's protocol. */
export interface FeedbackComment {
  readonly User: string;
  readonly Body: string;
  /** RFC 3339. */
  readonly Date: string;
  readonly DiffHunk: string;
  readonly Path: string;
  /** The first line that the comment is about, 0 if it is about none. */
  readonly StartLine: number;
  readonly OrigStartLine: number;
  readonly CommitHash: string;
  readonly IsMinimized: boolean;
  readonly MinimizedReason: string;
}

/** Comments that belong together: a thread of a review, a comment, or a review's own text. */
export interface Feedback {
  readonly ID: string;
  readonly IsResolved: boolean;
  readonly Comments: FeedbackComment[];
}

/** A comment as GitHub's queries give it; a deleted user is null. */
export interface GithubComment {
  readonly author: { readonly login: string } | null;
  readonly body: string;
  readonly createdAt: string;
  readonly isMinimized?: boolean;
  readonly minimizedReason?: string | null;
  readonly diffHunk?: string;
  readonly path?: string;
  readonly commit?: { readonly oid: string } | null;
  readonly line?: number | null;
  readonly startLine?: number | null;
  readonly originalLine?: number | null;
  readonly originalStartLine?: number | null;
}

/** The comment in the protocol's words. A comment on one line has no first line but that one. */
export function toFeedbackComment(comment: GithubComment): FeedbackComment {
  return {
    User: comment.author?.login ?? "",
    Body: comment.body,
    Date: comment.createdAt,
    DiffHunk: comment.diffHunk ?? "",
    Path: comment.path ?? "",
    StartLine: comment.startLine ?? comment.line ?? 0,
    OrigStartLine: comment.originalStartLine ?? comment.originalLine ?? 0,
    CommitHash: comment.commit?.oid ?? "",
    IsMinimized: comment.isMinimized ?? false,
    MinimizedReason: comment.minimizedReason ?? "",
  };
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  "#39": "'",
  "#45": "-",
};

/** Whether this product wrote a comment itself, which is no feedback for it. */
export function isOwnComment({ author, body }: GithubComment): boolean {
  if (!author?.login.toLowerCase().startsWith("plan42")) return false;
  const text = body.replace(/&(\w+|#\d+);/g, (whole, name: string) => entities[name] ?? whole);
  return text.startsWith("<!-- event-horizon");
}
