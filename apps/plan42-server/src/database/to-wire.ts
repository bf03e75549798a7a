import {
  defaultId,
  type Environment,
  type GithubConnection,
  type Runner,
  type RunnerQueue,
  type RunnerTokenMetadata,
  type Task,
  type Tenant,
  type Turn,
} from "@plano/protocol";
import type * as schema from "./schema.ts";

// Rows as the objects of the API. The schemas of the protocol put the keys in order.

type Row<Table extends { $inferSelect: object }> = Table["$inferSelect"];

function stamps(row: { createdAt: Date; updatedAt: Date; version: number }) {
  return {
    CreatedAt: row.createdAt.toISOString(),
    UpdatedAt: row.updatedAt.toISOString(),
    Version: row.version,
  };
}

export function toTenant(row: Row<typeof schema.tenants>): Tenant {
  return {
    TenantId: row.id,
    Type: row.type,
    Deleted: row.deleted,
    ...row.profile,
    DefaultRunnerID: row.defaultRunnerId ?? undefined,
    DefaultGithubConnectionID: row.defaultGithubConnectionId ?? undefined,
    ...stamps(row),
  };
}

export function toRunner(row: Row<typeof schema.runners>): Runner {
  return {
    TenantId: row.tenantId,
    RunnerId: row.id,
    Name: row.name,
    Description: row.description ?? undefined,
    IsCloud: row.isCloud,
    RunsTasks: row.runsTasks,
    ProxiesGithub: row.proxiesGithub,
    Deleted: row.deleted,
    ...stamps(row),
  };
}

export function toRunnerToken(row: Row<typeof schema.tokens>): RunnerTokenMetadata {
  return {
    TenantID: row.tenantId,
    RunnerID: row.runnerId,
    TokenID: row.id,
    CreatedAt: row.createdAt.toISOString(),
    ExpiresAt: row.expiresAt.toISOString(),
    RevokedAt: row.revokedAt?.toISOString(),
    Revoked: row.revokedAt !== null,
    Version: row.version,
    SignatureHash: row.signatureHash,
  };
}

export function toQueue(row: Row<typeof schema.runnerQueues>): RunnerQueue {
  return {
    TenantID: row.tenantId,
    RunnerID: row.runnerId,
    QueueID: row.id,
    PublicKey: row.publicKey,
    ...stamps(row),
    IsHealthy: row.isHealthy,
    Draining: row.draining,
    NConsecutiveFailedHealthChecks: row.failedChecks,
    NConsecutiveSuccessfulHealthChecks: row.successfulChecks,
    // The reference's client reads a time here, whether or not there has been a check.
    LastHealthCheckAt: (row.lastCheckAt ?? row.createdAt).toISOString(),
  };
}

/** Without its tokens, which are written and never read. */
export function toGithubConnection(row: Row<typeof schema.githubConnections>): GithubConnection {
  return {
    TenantID: row.tenantId,
    ConnectionID: row.id,
    Private: row.isPrivate,
    RunnerID: row.runnerId ?? undefined,
    Name: row.name ?? undefined,
    GithubUserLogin: row.githubUserLogin ?? undefined,
    GithubUserID: row.githubUserId ?? undefined,
    TokenExpiry: row.tokenExpiry?.toISOString(),
    State: row.state ?? undefined,
    StateExpiry: row.stateExpiry?.toISOString(),
    ...stamps(row),
  };
}

/** `variables` are apart, because the row has them encrypted. */
export function toEnvironment(
  row: Row<typeof schema.environments>,
  variables: Environment["EnvVars"],
): Environment {
  return {
    TenantId: row.tenantId,
    EnvironmentId: row.id,
    ...row.content,
    EnvVars: variables,
    RunnerId: row.runnerId ?? defaultId,
    GithubConnectionId: row.githubConnectionId ?? defaultId,
    Deleted: row.deleted,
    ...stamps(row),
  };
}

/** `lastTurn` is the task's last turn, if it has one. */
export function toTask(
  row: Row<typeof schema.tasks>,
  lastTurn: { readonly index: number; readonly status: string } | null | undefined,
): Task {
  return {
    TenantId: row.tenantId,
    TaskId: row.id,
    Title: row.title,
    EnvironmentId: row.environmentId ?? "",
    Prompt: row.prompt,
    Parallel: false,
    Model: row.model,
    AssignedToAI: true,
    RepoInfo: row.repositories,
    State: row.state,
    LastTurnStatus: lastTurn?.status,
    LastTurnIndex: lastTurn?.index,
    Deleted: row.deleted,
    ...stamps(row),
  };
}

export function toTurn(row: Row<typeof schema.turns>): Turn {
  return {
    TenantId: row.tenantId,
    TaskId: row.taskId,
    TurnIndex: row.index,
    Prompt: row.prompt,
    PreviousResponseID: row.previousResponseId ?? undefined,
    CommitInfo: row.commits,
    Status: row.status,
    OutputMessage: row.outputMessage ?? undefined,
    ErrorMessage: row.errorMessage ?? undefined,
    CompletedAt: row.completedAt ?? undefined,
    ...stamps(row),
  };
}
