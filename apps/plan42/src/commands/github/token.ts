import { changeVersioned } from "@plano/client";
import { githubConnectionSchema } from "@plano/protocol";
import { oneLine } from "@plano/terminal";
import { findGithubConnection } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import type { Context } from "../../context.ts";
import { namedToken } from "../../environment.ts";

export interface RenewGithubTokenOptions extends ServerFlags {
  /** Name or id. */
  readonly connection: string;
  /** The variable of this process with the new token. */
  readonly tokenVariable: string;
}

/** Gives a connection whose token the server keeps a new one. */
export async function run(options: RenewGithubTokenOptions, context: Context): Promise<number> {
  const token = namedToken(context.environment, options.tokenVariable);
  await withApi(options, context, async (api) => {
    const connectionId = await findGithubConnection(api, options.connection);
    const path = { tenantId: api.tenantId, connectionId };
    await changeVersioned(await api.client.call("getGithubConnection", { path }), {
      schema: githubConnectionSchema,
      change: ({ Version }) =>
        api.client.call("updateGithubConnection", { path, ifMatch: Version, body: { OAuthToken: token } }),
    });
  });
  context.terminal.success(`GitHub connection ${oneLine(options.connection)} has its new token`);
  return 0;
}
