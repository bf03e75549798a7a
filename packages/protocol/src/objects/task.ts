import { z } from "zod";
import { map, nullable, wireObject } from "../wire.ts";

/** Where a task's changes of one repository go. */
export const repositoryInfoSchema = wireObject({
  PRLink: z.string().optional(),
  PRID: z.string().optional(),
  PRNumber: z.number().int().optional(),
  PRStatus: z.string().optional(),
  PRStatusUpdatedAt: z.string().optional(),
  FeatureBranch: z.string().default(""),
  TargetBranch: z.string().default(""),
});

/** By `org/repo`. */
export const repositoryInfoMapSchema = map(repositoryInfoSchema);
export type RepositoryInfoMap = z.output<typeof repositoryInfoMapSchema>;

export const taskStates = {
  pending: "Pending",
  executing: "Executing",
  awaitingReview: "Awaiting Code Review",
  completed: "Completed",
  failed: "Failed",
} as const;

export const taskSchema = wireObject({
  TenantId: z.string(),
  WorkstreamId: z.string().optional(),
  TaskId: z.string(),
  Title: z.string().default(""),
  EnvironmentId: z.string().default(""),
  Prompt: z.string().default(""),
  Parallel: z.boolean().default(false),
  /** Free text; null stands for the service's default model. */
  Model: nullable(z.string()),
  ReasoningLevel: z.string().optional(),
  AssignedToTenantId: z.string().optional(),
  AssignedToAI: z.boolean().default(false),
  TaskNumber: z.number().int().optional(),
  RepoInfo: repositoryInfoMapSchema,
  State: z.string().default(taskStates.pending),
  LastTurnStatus: z.string().optional(),
  LastTurnIndex: z.number().int().optional(),
  CreatedAt: z.string(),
  UpdatedAt: z.string(),
  Deleted: z.boolean().default(false),
  Version: z.number().int(),
});
export type Task = z.output<typeof taskSchema>;
