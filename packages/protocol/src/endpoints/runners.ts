import { z } from "zod";
import { generatedRunnerTokenSchema, runnerSchema, runnerTokenSchema } from "../objects/runner.ts";
import { booleanText, wireObject } from "../wire.ts";
import { endpoint, nameText, optionalText, page, pageQuery, users } from "./endpoint.ts";

const runners = "/v1/tenants/{tenantId}/runners";
const runner = `${runners}/{runnerId}` as const;
const token = `${runner}/tokens/{tokenId}` as const;
const includeDeleted = booleanText.optional();

export const runnerEndpoints = {
  createRunner: endpoint({
    method: "PUT",
    path: runner,
    summary: "Creates a runner under an id that the caller chooses.",
    callers: users,
    status: 201,
    body: wireObject({
      Name: nameText.min(1),
      Description: optionalText(4096),
      IsCloud: z.boolean().default(false),
      RunsTasks: z.boolean().default(false),
      ProxiesGithub: z.boolean().default(false),
    }),
    result: runnerSchema,
  }),
  getRunner: endpoint({
    method: "GET",
    path: runner,
    summary: "Shows a runner.",
    callers: users,
    status: 200,
    query: wireObject({ includeDeleted }),
    result: runnerSchema,
  }),
  updateRunner: endpoint({
    method: "PATCH",
    path: runner,
    summary: "Changes a runner; `Deleted: false` brings a deleted one back.",
    callers: users,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      Name: nameText.min(1).optional(),
      Description: optionalText(4096),
      IsCloud: z.boolean().optional(),
      RunsTasks: z.boolean().optional(),
      ProxiesGithub: z.boolean().optional(),
      Deleted: z.literal(false).optional(),
    }),
    result: runnerSchema,
  }),
  deleteRunner: endpoint({
    method: "DELETE",
    path: runner,
    summary: "Deletes a runner; it can be brought back.",
    callers: users,
    status: 204,
    ifMatch: "required",
  }),
  listRunners: endpoint({
    method: "GET",
    path: runners,
    summary: "Lists the tenant's runners.",
    callers: users,
    status: 200,
    query: wireObject({
      ...pageQuery,
      includeDeleted,
      runsTasks: booleanText.optional(),
      proxiesGithub: booleanText.optional(),
    }),
    result: page(runnerSchema),
  }),
  generateRunnerToken: endpoint({
    method: "PUT",
    path: token,
    summary: "Issues a token for a runner. The answer is the only place that ever holds it.",
    callers: users,
    status: 201,
    body: wireObject({ TTLDays: z.number().int().min(1).max(365).default(90) }),
    result: generatedRunnerTokenSchema,
  }),
  getRunnerToken: endpoint({
    method: "GET",
    path: token,
    summary: "Shows what is known of a runner's token.",
    callers: users,
    status: 200,
    query: wireObject({ includeDeleted }),
    result: runnerTokenSchema,
  }),
  listRunnerTokens: endpoint({
    method: "GET",
    path: `${runner}/tokens`,
    summary: "Lists a runner's tokens.",
    callers: users,
    status: 200,
    query: wireObject({
      ...pageQuery,
      nextPageToken: z.string().optional(),
      includeRevoked: booleanText.optional(),
    }),
    result: page(runnerTokenSchema),
    aliases: { NextToken: "NextPageToken" },
  }),
  revokeRunnerToken: endpoint({
    method: "POST",
    path: `${token}/revoke`,
    summary: "Revokes a runner's token.",
    callers: users,
    status: 204,
    ifMatch: "required",
  }),
} as const;
