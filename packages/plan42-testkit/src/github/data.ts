/** What a fake GitHub holds. */
export interface GithubData {
  /** Tokens and the login names of their users. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Organisations of all users. */
  readonly organizations?: readonly string[];
  /** Branches by `org/repo`. */
  readonly repositories?: Readonly<Record<string, readonly string[]>>;
  /** By `org/repo#number`. */
  readonly pullRequests?: Readonly<Record<string, PullRequestData>>;
}

export interface PullRequestData {
  readonly threads?: readonly ThreadData[];
  readonly comments?: readonly CommentData[];
  readonly reviews?: readonly CommentData[];
}

export interface ThreadData {
  readonly id: string;
  readonly isResolved?: boolean;
  readonly comments: readonly CommentData[];
}

export interface CommentData {
  readonly id: string;
  /** Absent: the user has been deleted. */
  readonly author?: string;
  readonly body: string;
  readonly path?: string;
  readonly line?: number;
  readonly startLine?: number;
}
