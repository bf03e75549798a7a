import { z } from "zod";
import { wireObject } from "../wire.ts";

/** `Type` of a tenant: User, Organization or Enterprise. */
export const tenantSchema = wireObject({
  TenantId: z.string(),
  Type: z.string(),
  Version: z.number().int(),
  Deleted: z.boolean().default(false),
  CreatedAt: z.string(),
  UpdatedAt: z.string(),
  FullName: z.string().optional(),
  FirstName: z.string().optional(),
  LastName: z.string().optional(),
  Email: z.string().optional(),
  PictureUrl: z.string().optional(),
  OrgName: z.string().optional(),
  EnterpriseName: z.string().optional(),
  DefaultRunnerID: z.string().optional(),
  DefaultGithubConnectionID: z.string().optional(),
});
export type Tenant = z.output<typeof tenantSchema>;
