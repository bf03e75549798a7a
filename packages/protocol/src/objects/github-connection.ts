import { z } from "zod";
import { wireObject } from "../wire.ts";

export const githubConnectionSchema = wireObject({
  TenantID: z.string(),
  ConnectionID: z.string(),
  /** The token stays with a runner, which then asks GitHub itself. */
  Private: z.boolean().default(false),
  RunnerID: z.string().optional(),
  CreatedAt: z.string(),
  UpdatedAt: z.string(),
  Name: z.string().optional(),
  GithubUserLogin: z.string().optional(),
  GithubUserID: z.number().int().optional(),
  OAuthToken: z.string().optional(),
  RefreshToken: z.string().optional(),
  TokenExpiry: z.string().optional(),
  State: z.string().optional(),
  StateExpiry: z.string().optional(),
  Version: z.number().int(),
});
export type GithubConnection = z.output<typeof githubConnectionSchema>;
