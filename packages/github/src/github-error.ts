import { AppError } from "@plano/errors";

export interface GithubErrorDetails {
  readonly method: string;
  readonly url: string;
  /** HTTP status, or undefined when no answer came. */
  readonly status?: number | undefined;
  readonly reason: string;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** GitHub refused a call or did not answer. The message reads `GET <url>: 401 Bad credentials []`. */
export class GithubError extends AppError {
  override readonly name = "GithubError";
  readonly status: number | undefined;

  constructor({ method, url, status, reason, hint, cause }: GithubErrorDetails) {
    const advice = hint === undefined ? "" : ` (${hint})`;
    super(`${method} ${url}: ${status === undefined ? reason : `${status} ${reason} []`}${advice}`, {
      code: status === undefined ? "github-unreachable" : "github-refused",
      cause,
    });
    this.status = status;
  }
}
