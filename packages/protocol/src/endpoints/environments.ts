import { z } from "zod";
import {
  environmentContentShape,
  environmentSchema,
  environmentVariableSchema,
} from "../objects/environment.ts";
import { booleanText, wireObject } from "../wire.ts";
import { endpoint, nameText, optionalText, page, pageQuery, users } from "./endpoint.ts";

const environments = "/v1/tenants/{tenantId}/environments";
const environment = `${environments}/{environmentId}` as const;
const includeDeleted = booleanText.optional();

const texts = {
  Name: nameText,
  Description: z.string().max(4096),
  Context: z.string().max(512 * 1024),
  SetupScript: z.string().max(512 * 1024),
  DockerImage: z.string().max(1024),
};
const repositories = z
  .array(z.string().regex(/^[A-Za-z0-9._-]+\/[A-Za-z0-9._-]+$/, "expected org/repo"))
  .max(50);
const hosts = z.array(z.string().max(253)).max(50);
const variables = z.array(environmentVariableSchema).max(50);

export const environmentEndpoints = {
  createEnvironment: endpoint({
    method: "PUT",
    path: environment,
    summary: "Creates an environment: the image, repositories and settings that tasks run in.",
    callers: users,
    status: 201,
    body: wireObject({
      ...environmentContentShape,
      Name: texts.Name.min(1),
      Description: texts.Description.default(""),
      Context: texts.Context.default(""),
      SetupScript: texts.SetupScript.default(""),
      DockerImage: texts.DockerImage.default(""),
      Repos: repositories.default([]),
      AllowedHosts: hosts.default([]),
      EnvVars: variables.default([]),
      RunnerId: optionalText(64),
      GithubConnectionId: optionalText(64),
    }),
    result: environmentSchema,
  }),
  getEnvironment: endpoint({
    method: "GET",
    path: environment,
    summary: "Shows an environment, secret variables without their value.",
    callers: users,
    status: 200,
    query: wireObject({ includeDeleted }),
    result: environmentSchema,
  }),
  updateEnvironment: endpoint({
    method: "PATCH",
    path: environment,
    summary:
      "Changes an environment; `Deleted: false` brings a deleted one back. A secret variable without a value keeps " +
      "the one that it has.",
    callers: users,
    status: 200,
    ifMatch: "required",
    body: wireObject({
      Name: texts.Name.min(1).optional(),
      Description: texts.Description.optional(),
      Context: texts.Context.optional(),
      SetupScript: texts.SetupScript.optional(),
      DockerImage: texts.DockerImage.optional(),
      Repos: repositories.optional(),
      AllowedHosts: hosts.optional(),
      EnvVars: variables.optional(),
      RunnerId: optionalText(64),
      GithubConnectionId: optionalText(64),
      Deleted: z.literal(false).optional(),
    }),
    result: environmentSchema,
  }),
  deleteEnvironment: endpoint({
    method: "DELETE",
    path: environment,
    summary: "Deletes an environment; it can be brought back.",
    callers: users,
    status: 204,
    ifMatch: "required",
  }),
  listEnvironments: endpoint({
    method: "GET",
    path: environments,
    summary: "Lists the tenant's environments.",
    callers: users,
    status: 200,
    query: wireObject({ ...pageQuery, includeDeleted }),
    result: page(environmentSchema),
    aliases: { Items: "Environments" },
  }),
} as const;
