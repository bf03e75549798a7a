import { randomUUID } from "node:crypto";
import { findRunner, requireFreeConnectionName } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { setTenantDefault } from "../../api/tenant-default.ts";
import type { Context } from "../../context.ts";

export interface CreateGithubConnectionOptions extends ServerFlags {
  readonly name: string;
  readonly runner: string;
  /** Environments that name no connection use this one. */
  readonly isDefault: boolean;
  readonly json: boolean;
}

/** Creates a private connection to GitHub: its token stays with a runner. */
export async function run(options: CreateGithubConnectionOptions, context: Context): Promise<number> {
  const { name, runner, isDefault, json } = options;
  const { terminal } = context;
  const connection = await withApi(options, context, async (api) => {
    await requireFreeConnectionName(api, name);
    const created = await api.client.call("createGithubConnection", {
      path: { tenantId: api.tenantId, connectionId: randomUUID() },
      body: { Private: true, Name: name, RunnerID: await findRunner(api, runner) },
    });
    if (isDefault) await setTenantDefault(api, { DefaultGithubConnectionID: created.ConnectionID });
    return created;
  });
  if (json) {
    terminal.json(connection);
    return 0;
  }
  terminal.success(`GitHub connection ${name} created: ${connection.ConnectionID}`);
  terminal.line("  Add it to the runner's configuration:");
  terminal.line();
  const table = /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
  for (const line of [
    `[github.${table}]`,
    `name = ${JSON.stringify(name)}`,
    'url = "https://github.com"',
    `connection_id = "${connection.ConnectionID}"`,
    'token = "env:GITHUB_TOKEN"',
  ]) {
    terminal.line(`  ${line}`);
  }
  return 0;
}
