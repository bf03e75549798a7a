import { randomUUID } from "node:crypto";
import { oneLine } from "@plano/terminal";
import { requireFreeRunnerName } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { setTenantDefault } from "../../api/tenant-default.ts";
import type { Context } from "../../context.ts";

export interface CreateRunnerOptions extends ServerFlags {
  readonly name: string;
  readonly description?: string;
  /** Environments that name no runner use this one. */
  readonly isDefault: boolean;
  readonly json: boolean;
}

/** Creates a runner. */
export async function run(options: CreateRunnerOptions, context: Context): Promise<number> {
  const { name, description, isDefault, json } = options;
  const { terminal } = context;
  const runner = await withApi(options, context, async (api) => {
    await requireFreeRunnerName(api, name);
    const created = await api.client.call("createRunner", {
      path: { tenantId: api.tenantId, runnerId: randomUUID() },
      body: { Name: name, Description: description, IsCloud: false, RunsTasks: true, ProxiesGithub: true },
    });
    if (isDefault) await setTenantDefault(api, { DefaultRunnerID: created.RunnerId });
    return created;
  });
  if (json) {
    terminal.json(runner);
    return 0;
  }
  terminal.success(`runner ${oneLine(runner.Name)} created: ${runner.RunnerId}`);
  terminal.line(`  next: plan42 runner token ${runner.RunnerId} --write-config`);
  return 0;
}
