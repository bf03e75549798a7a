import { z } from "zod";
import { map, wireObject } from "../wire.ts";

/** What a turn began with and what it ended with, in one repository. */
export const commitEntrySchema = wireObject({
  BaselineCommitHash: z.string().optional(),
  LastCommitHash: z.string().optional(),
});

export const turnSchema = wireObject({
  TenantId: z.string(),
  WorkstreamId: z.string().optional(),
  TaskId: z.string(),
  TurnIndex: z.number().int(),
  Prompt: z.string().default(""),
  ReasoningLevel: z.string().optional(),
  PreviousResponseID: z.string().optional(),
  /** By `org/repo`. */
  CommitInfo: map(commitEntrySchema),
  Status: z.string(),
  OutputMessage: z.string().optional(),
  ErrorMessage: z.string().optional(),
  CreatedAt: z.string(),
  UpdatedAt: z.string(),
  CompletedAt: z.string().optional(),
  Version: z.number().int(),
});
export type Turn = z.output<typeof turnSchema>;

/** The statuses that this product writes; others are free text that says how far a turn is. */
export const turnStatuses = {
  pending: "Pending",
  waitingForCapacity: "Waiting for Runner Capacity",
  checkingFeedback: "Checking for PR Feedback",
  pullingImage: "Pulling Agent Image on Local Runner",
  /** Of an agent that only prints; others tell themselves what they do. */
  agentRuns: "Agent Running on Local Runner",
  completed: "Completed",
  failed: "Failed",
} as const;

const terminalStatuses: ReadonlySet<string> = new Set(["Completed", "Succeeded", "Done", "Failed"]);

/** Whether a turn of this status has ended. Services spell the good end in three ways. */
export function isTerminal(status: string): boolean {
  return terminalStatuses.has(status);
}

export const turnLogEntrySchema = wireObject({ Timestamp: z.string(), Message: z.string().default("") });
export type TurnLogEntry = z.output<typeof turnLogEntrySchema>;

export const lastTurnLogSchema = wireObject({
  Index: z.number().int(),
  Timestamp: z.string(),
  Message: z.string().default(""),
});
export type LastTurnLog = z.output<typeof lastTurnLogSchema>;

/** What one upload of logs may hold. */
export const turnLogLimits = { entries: 500, bytes: 1_048_576 } as const;
