import { z } from "zod";
import { tenantSchema } from "../objects/tenant.ts";
import { wireObject } from "../wire.ts";
import { endpoint, optionalText, page, pageQuery, users } from "./endpoint.ts";

const path = "/v1/tenants/{tenantId}";

export const tenantEndpoints = {
  createTenant: endpoint({
    method: "PUT",
    path,
    summary: "Creates a tenant under an id that the caller chooses.",
    callers: ["admin"],
    status: 201,
    body: wireObject({
      Type: z.enum(["User", "Organization", "Enterprise"]).default("User"),
      FullName: optionalText(256),
      FirstName: optionalText(256),
      LastName: optionalText(256),
      Email: optionalText(320),
      PictureUrl: optionalText(2048),
      OrgName: optionalText(256),
      EnterpriseName: optionalText(256),
    }),
    result: tenantSchema,
  }),
  getTenant: endpoint({
    method: "GET",
    path,
    summary: "Shows a tenant.",
    callers: users,
    status: 200,
    result: tenantSchema,
  }),
  updateTenant: endpoint({
    method: "PATCH",
    path,
    summary: "Sets the tenant's default runner and GitHub connection; an empty text clears one.",
    callers: users,
    status: 200,
    ifMatch: "required",
    body: wireObject({ DefaultRunnerID: optionalText(64), DefaultGithubConnectionID: optionalText(64) }),
    result: tenantSchema,
  }),
  listTenants: endpoint({
    method: "GET",
    path: "/v1/tenants",
    summary: "Lists the tenants that the caller may see.",
    callers: users,
    status: 200,
    query: wireObject(pageQuery),
    result: page(tenantSchema),
  }),
  getCurrentUser: endpoint({
    method: "GET",
    path: "/v1/current-user",
    summary: "Shows the tenant that the caller acts as.",
    callers: users,
    status: 200,
    result: tenantSchema,
  }),
  createUserToken: endpoint({
    method: "PUT",
    path: "/v1/tenants/{tenantId}/ui-tokens/{tokenId}",
    summary: "Issues a token with which a page acts as the tenant's user for some hours.",
    callers: users,
    status: 201,
    result: wireObject({ JWT: z.string() }),
  }),
} as const;
