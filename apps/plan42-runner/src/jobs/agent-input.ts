import type { Turn } from "@plano/protocol";
import type { GithubConnectionConfig } from "@plano/runner-home";
import type { InvokeRequest } from "./check-request.ts";

/** What the agent reads on standard input: the request with the turn as it stands, in the reference's order. */
export function agentInput(request: InvokeRequest, turn: Turn): string {
  return JSON.stringify({
    Type: request.Type,
    Task: request.Task,
    Turn: turn,
    Environment: request.Environment,
    GithubToken: request.GithubToken,
    GithubURL: request.GithubURL,
    PrivateGithubConnectionID: request.PrivateGithubConnectionID,
    AgentToken: request.AgentToken,
    FeedBack: request.FeedBack,
  });
}

/** The request with this machine's GitHub in place of what the service sent, if the connection is known here. */
export function withLocalGithub(
  request: InvokeRequest,
  find: (connectionId: string) => GithubConnectionConfig | undefined,
): InvokeRequest {
  const { PrivateGithubConnectionID: id } = request;
  const connection = id === null ? undefined : find(id);
  if (connection === undefined) return request;
  return { ...request, GithubToken: connection.token, GithubURL: connection.url };
}

/** What must not appear in the job's log. */
export function requestSecrets(request: InvokeRequest): string[] {
  const variables = request.Environment.EnvVars.filter(({ IsSecret }) => IsSecret).map(({ Value }) => Value);
  return [request.AgentToken, request.GithubToken ?? "", ...variables].filter((secret) => secret !== "");
}
