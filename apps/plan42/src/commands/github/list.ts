import { oneLine } from "@plano/terminal";
import { listGithubConnections } from "../../api/lists.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import type { Context } from "../../context.ts";
import { formatTime } from "../../format-time.ts";

export interface ListGithubConnectionsOptions extends ServerFlags {
  readonly json: boolean;
}

/** Lists the tenant's connections to GitHub, without tokens. */
export async function run(options: ListGithubConnectionsOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const found = await withApi(options, context, listGithubConnections);
  const connections = found.map(({ OAuthToken: _access, RefreshToken: _refresh, ...rest }) => rest);
  if (options.json) {
    terminal.json(connections);
    return 0;
  }
  if (connections.length === 0) {
    terminal.line("There are no connections yet; plan42 github create NAME --runner RUNNER makes one.");
    return 0;
  }
  terminal.table([
    ["ID", "NAME", "KIND", "RUNNER", "CREATED"].map(terminal.style.bold),
    ...connections.map((one) => [
      one.ConnectionID,
      oneLine(one.Name ?? one.GithubUserLogin ?? ""),
      one.Private ? "private" : "shared",
      one.RunnerID ?? "",
      formatTime(one.CreatedAt),
    ]),
  ]);
  return 0;
}
