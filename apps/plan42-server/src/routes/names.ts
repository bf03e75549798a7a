import type { EndpointName } from "@plano/protocol";

// Which endpoints a file of this folder handles. Together they are all: see `handlers.ts`.

export type ServerEndpoint = "getServer";
export type TenantEndpoint =
  | Extract<EndpointName, `${string}Tenant` | `${string}Tenants`>
  | "getCurrentUser"
  | "createUserToken";
export type RunnerEndpoint = Extract<
  EndpointName,
  `${string}Runner` | `${string}Runners` | `${string}RunnerToken` | `${string}RunnerTokens`
>;
export type QueueEndpoint = Extract<EndpointName, `${string}RunnerQueue` | `${string}RunnerQueues`>;
export type MessageEndpoint = "getMessagesBatch" | "writeResponse";
export type GithubConnectionEndpoint = Extract<
  EndpointName,
  `${string}GithubConnection` | `${string}GithubConnections`
>;
export type GithubContentEndpoint = "listOrgs" | "searchRepos" | "listBranches";
export type EnvironmentEndpoint = Extract<EndpointName, `${string}Environment` | `${string}Environments`>;
export type TaskEndpoint = Extract<EndpointName, `${string}Task` | `${string}Tasks`> | "getTaskGithubCreds";
export type TurnLogEndpoint = Extract<EndpointName, `${string}TurnLogs` | `${string}TurnLog`>;
export type TurnEndpoint = Extract<EndpointName, `${string}Turn` | `${string}Turns`>;
