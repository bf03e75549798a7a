import { randomUUID } from "node:crypto";
import type { FakePlan42 } from "./fake-plan42.ts";
import type { TurnRecord } from "./turns.ts";

export interface InvokeOptions {
  readonly image: string;
  readonly prompt?: string;
  readonly taskId?: string;
  readonly turnIndex?: number;
  /** Fields of the message in place of the usual ones. */
  readonly message?: object;
  /** Fields of its Environment. */
  readonly environment?: object;
  /** Fields of its Task. */
  readonly task?: object;
}

/** A message that asks for a job, and the turn that it is about. */
export interface Invocation {
  readonly jobId: string;
  readonly record: TurnRecord;
  readonly message: Record<string, unknown>;
}

/** Creates a turn and the message for its job, in the form of the reference service. */
export function prepareInvocation(service: FakePlan42, options: InvokeOptions): Invocation {
  const { taskId = randomUUID(), turnIndex = 1, prompt = "do it", image } = options;
  const { tenantId } = service;
  const record = service.turns.create(tenantId, taskId, turnIndex, prompt);
  const now = new Date().toISOString();
  const common = { CreatedAt: now, UpdatedAt: now, Deleted: false, Version: 1 };
  return {
    jobId: `plan42-${taskId}-${turnIndex}`,
    record,
    message: {
      Type: "InvokeAgentRequest",
      Task: {
        TenantId: tenantId,
        TaskId: taskId,
        Title: "a task",
        EnvironmentId: randomUUID(),
        Prompt: prompt,
        Parallel: false,
        Model: null,
        AssignedToAI: true,
        RepoInfo: {},
        State: "Executing",
        ...common,
        ...options.task,
      },
      Turn: { ...record.turn },
      Environment: {
        TenantId: tenantId,
        EnvironmentId: randomUUID(),
        Name: "environment",
        Description: "",
        Context: "",
        Repos: [],
        SetupScript: "",
        DockerImage: image,
        AllowedHosts: [],
        EnvVars: [],
        ...common,
        RunnerId: "default",
        GithubConnectionId: "default",
        ...options.environment,
      },
      GithubToken: null,
      GithubURL: null,
      PrivateGithubConnectionID: null,
      AgentToken: service.agentToken(taskId, turnIndex),
      FeedBack: null,
      ...options.message,
    },
  };
}
