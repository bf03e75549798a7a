import { AppError } from "@plano/errors";
import type { Github } from "@plano/github";
import type { InvokeRequest } from "./check-request.ts";

/** Whether the runner has to fetch what people said about the task's pull requests. */
export function needsFeedback(request: InvokeRequest): boolean {
  return (
    request.FeedBack === null && request.PrivateGithubConnectionID !== null && request.Turn.TurnIndex > 1
  );
}

/** The request with the feedback on each pull request of the task. */
export async function withFeedback(
  request: InvokeRequest,
  github: Github,
  signal: AbortSignal,
): Promise<InvokeRequest> {
  const feedback: NonNullable<InvokeRequest["FeedBack"]> = {};
  for (const [repository, { PRNumber: number }] of Object.entries(request.Task.RepoInfo)) {
    if (number === undefined) continue;
    const [owner, name, ...rest] = repository.split("/");
    if (!owner || !name || rest.length > 0) {
      throw new AppError(`invalid repo name: ${repository}`, { code: "bad-request" });
    }
    feedback[repository] = await github.pullRequestFeedback({ owner, name, number, signal });
  }
  return { ...request, FeedBack: feedback };
}
