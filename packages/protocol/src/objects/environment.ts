import { z } from "zod";
import { list, wireObject } from "../wire.ts";

/** Stands for the tenant's default runner or GitHub connection. */
export const defaultId = "default";

export const environmentVariableSchema = wireObject({
  Name: z.string(),
  Value: z.string().default(""),
  /** Secret ones are for the setup script only. */
  IsSecret: z.boolean().default(false),
});

/** What a user chooses of an environment. */
export const environmentContentShape = {
  Name: z.string().default(""),
  Description: z.string().default(""),
  Context: z.string().default(""),
  /** `org/repo` each. */
  Repos: list(z.string()),
  SetupScript: z.string().default(""),
  DockerImage: z.string().default(""),
  AllowedHosts: list(z.string()),
  EnvVars: list(environmentVariableSchema),
};

export const environmentSchema = wireObject({
  TenantId: z.string(),
  EnvironmentId: z.string(),
  ...environmentContentShape,
  CreatedAt: z.string(),
  UpdatedAt: z.string(),
  Deleted: z.boolean().default(false),
  Version: z.number().int(),
  RunnerId: z.string().default(defaultId),
  GithubConnectionId: z.string().default(defaultId),
});
export type Environment = z.output<typeof environmentSchema>;
