import type { Turn } from "@plano/protocol";
import type { GithubConnectionConfig, ModelAccess } from "@plano/runner-home";
import type { InvokeRequest } from "./check-request.ts";

/**
 * What the agent reads on standard input: the request with the turn as it stands, in the reference's order, and the
 * models of this machine if it has any.
 */
export function agentInput(request: InvokeRequest, turn: Turn, models: ModelAccess): string {
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
    ...modelFields(models),
  });
}

/** Fields that are not there when this machine has nothing to say about models. */
function modelFields({ openaiEndpoint, openaiToken, claudeEndpoint, claudeToken, mappings }: ModelAccess) {
  const named = Object.entries(mappings).map(([name, { provider, model, extendedContext }]) => [
    name,
    { Provider: provider, Model: model, ExtendedContext: extendedContext },
  ]);
  return {
    OpenAIEndpoint: openaiEndpoint || undefined,
    OpenAIToken: openaiToken || undefined,
    ClaudeEndpoint: claudeEndpoint || undefined,
    ClaudeToken: claudeToken || undefined,
    ModelMappings: named.length === 0 ? undefined : Object.fromEntries(named),
  };
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
