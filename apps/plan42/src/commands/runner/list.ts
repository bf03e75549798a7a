import { oneLine } from "@plano/terminal";
import { listRunners } from "../../api/lists.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import type { Context } from "../../context.ts";
import { formatTime } from "../../format-time.ts";

export interface ListRunnersOptions extends ServerFlags {
  readonly json: boolean;
}

/** Lists the tenant's runners, each with how many queues of it are healthy. */
export async function run(options: ListRunnersOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const rows = await withApi(options, context, async (api) => {
    const [runners, { DefaultRunnerID }] = await Promise.all([
      listRunners(api),
      api.client.call("getTenant", { path: { tenantId: api.tenantId } }),
    ]);
    return Promise.all(
      runners.map(async (runner) => {
        const { Items } = await api.client.call("listRunnerQueues", {
          path: {},
          query: {
            tenantID: api.tenantId,
            runnerID: runner.RunnerId,
            includeHealthy: true,
            maxResults: 500,
          },
        });
        const healthy = Items.filter((queue) => queue.IsHealthy).length;
        return { ...runner, IsDefault: runner.RunnerId === DefaultRunnerID, HealthyQueues: healthy };
      }),
    );
  });
  if (options.json) {
    terminal.json(rows);
    return 0;
  }
  if (rows.length === 0) {
    terminal.line("There are no runners yet; plan42 runner create NAME makes one.");
    return 0;
  }
  const { style } = terminal;
  terminal.table([
    ["ID", "NAME", "STATE", "CREATED"].map(style.bold),
    ...rows.map((row) => [
      row.RunnerId,
      row.IsDefault ? `${oneLine(row.Name)} (default)` : oneLine(row.Name),
      row.HealthyQueues > 0 ? style.green("connected") : style.dim("not connected"),
      formatTime(row.CreatedAt),
    ]),
  ]);
  return 0;
}
