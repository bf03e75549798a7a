import { z } from "zod";
import { wireObject } from "../wire.ts";

export const runnerSchema = wireObject({
  TenantId: z.string(),
  RunnerId: z.string(),
  Name: z.string().default(""),
  Description: z.string().optional(),
  IsCloud: z.boolean().default(false),
  RunsTasks: z.boolean().default(false),
  ProxiesGithub: z.boolean().default(false),
  CreatedAt: z.string(),
  UpdatedAt: z.string(),
  Deleted: z.boolean().default(false),
  Version: z.number().int(),
});
export type Runner = z.output<typeof runnerSchema>;

const tokenShape = {
  TenantID: z.string(),
  RunnerID: z.string(),
  TokenID: z.string(),
  CreatedAt: z.string(),
  ExpiresAt: z.string(),
  RevokedAt: z.string().optional(),
  Revoked: z.boolean().default(false),
  Version: z.number().int(),
  /** Base64 of the SHA-256 of the token's signature. */
  SignatureHash: z.string(),
};

export const runnerTokenSchema = wireObject(tokenShape);
export type RunnerTokenMetadata = z.output<typeof runnerTokenSchema>;

/** The only answer that holds the token itself. */
export const generatedRunnerTokenSchema = wireObject({ ...tokenShape, Token: z.string() });
export type GeneratedRunnerToken = z.output<typeof generatedRunnerTokenSchema>;
