import { changeVersioned } from "@plano/client";
import { type BodyOf, tenantSchema } from "@plano/protocol";
import type { Api } from "./open-api.ts";

/** Sets what environments of the tenant use that choose nothing themselves. */
export async function setTenantDefault(api: Api, body: BodyOf<"updateTenant">): Promise<void> {
  const path = { tenantId: api.tenantId };
  await changeVersioned(await api.client.call("getTenant", { path }), {
    schema: tenantSchema,
    change: ({ Version }) => api.client.call("updateTenant", { path, ifMatch: Version, body }),
  });
}
