import type { Github } from "@plano/github";
import type { RepositoryInfoMap, RequestOf } from "@plano/protocol";

/** What people said about a task's pull requests, by `org/repo`. Rejects with a GithubError. */
export async function reviewFeedback(
  github: Github,
  repositories: RepositoryInfoMap,
  signal: AbortSignal,
): Promise<NonNullable<RequestOf<"InvokeAgentRequest">["FeedBack"]>> {
  const feedback: NonNullable<RequestOf<"InvokeAgentRequest">["FeedBack"]> = {};
  for (const [repository, { PRNumber: number }] of Object.entries(repositories)) {
    const [owner = "", name = ""] = repository.split("/");
    if (number !== undefined) {
      feedback[repository] = await github.pullRequestFeedback({ owner, name, number, signal });
    }
  }
  return feedback;
}
