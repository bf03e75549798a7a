import { randomUUID } from "node:crypto";
import { UsageError } from "@plano/errors";
import type { GithubConnection } from "@plano/protocol";
import { oneLine, type Terminal } from "@plano/terminal";
import { findRunner, requireFreeConnectionName } from "../../api/find.ts";
import { type Api, withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { setTenantDefault } from "../../api/tenant-default.ts";
import type { Context } from "../../context.ts";
import { namedToken } from "../../environment.ts";

export interface CreateGithubConnectionOptions extends ServerFlags {
  readonly name: string;
  /** The runner that holds the token of a private connection. */
  readonly runner?: string;
  /** The variable of this process with the token that the server is to keep. */
  readonly tokenVariable?: string;
  /** Environments that name no connection use this one. */
  readonly isDefault: boolean;
  readonly json: boolean;
}

/** Creates a connection to GitHub: a private one, whose token stays with a runner, or one by the server's token. */
export async function run(options: CreateGithubConnectionOptions, context: Context): Promise<number> {
  const { name, runner, tokenVariable, isDefault, json } = options;
  const { terminal, environment } = context;
  if ((runner === undefined) === (tokenVariable === undefined)) {
    throw new UsageError("either --runner or --token-variable is needed: who is to hold the token?", {
      hint: "plan42 help github create says more.",
    });
  }
  const token = tokenVariable === undefined ? undefined : namedToken(environment, tokenVariable);
  const connection = await withApi(options, context, async (api) => {
    await requireFreeConnectionName(api, name);
    const created =
      token === undefined ? await createPrivate(api, name, runner ?? "") : await create(api, name, token);
    if (isDefault) await setTenantDefault(api, { DefaultGithubConnectionID: created.ConnectionID });
    return created;
  });
  if (json) {
    terminal.json(connection);
    return 0;
  }
  terminal.success(`GitHub connection ${oneLine(name)} created: ${connection.ConnectionID}`);
  if (connection.Private) printConfiguration(connection.ConnectionID, name, terminal);
  return 0;
}

async function createPrivate(api: Api, name: string, runner: string): Promise<GithubConnection> {
  return api.client.call("createGithubConnection", {
    path: { tenantId: api.tenantId, connectionId: randomUUID() },
    body: { Private: true, Name: name, RunnerID: await findRunner(api, runner) },
  });
}

async function create(api: Api, name: string, token: string): Promise<GithubConnection> {
  const path = { tenantId: api.tenantId, connectionId: randomUUID() };
  const { Version } = await api.client.call("createGithubConnection", {
    path,
    body: { Private: false, Name: name },
  });
  return api.client.call("updateGithubConnection", { path, ifMatch: Version, body: { OAuthToken: token } });
}

function printConfiguration(connectionId: string, name: string, terminal: Terminal): void {
  terminal.line(
    "  On the runner's machine plan42 runner config takes it over. By hand, in the runner's file:",
  );
  terminal.line();
  const table = /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);
  for (const line of [
    `[github.${table}]`,
    `name = ${JSON.stringify(name)}`,
    'url = "https://github.com"',
    `connection_id = "${connectionId}"`,
    'token = "env:GITHUB_TOKEN"',
  ]) {
    terminal.line(`  ${line}`);
  }
}
