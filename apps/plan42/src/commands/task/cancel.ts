import { openTurn } from "@plano/client";
import { isTerminal, turnStatuses } from "@plano/protocol";
import { findTask } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import type { Context } from "../../context.ts";

export interface CancelTaskOptions extends ServerFlags {
  readonly task: string;
  readonly json: boolean;
}

/** Ends a task's last turn; the runner then stops its container. One that has ended stays as it is. */
export async function run(options: CancelTaskOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const { turn, isCancelled } = await withApi(options, context, async (api) => {
    const path = { tenantId: api.tenantId, taskId: await findTask(api, options.task) };
    const session = openTurn(api.client, await api.client.call("getLastTurn", { path }));
    const isOpen =
      !isTerminal(session.turn.Status) &&
      (await session.update({
        Status: turnStatuses.failed,
        ErrorMessage: "Cancelled by user",
        CompletedAt: new Date().toISOString(),
      }));
    return { turn: session.turn, isCancelled: isOpen };
  });
  if (options.json) terminal.json(turn);
  else if (isCancelled) terminal.success(`turn ${turn.TurnIndex} is cancelled; its runner stops it soon`);
  else terminal.line(`Turn ${turn.TurnIndex} had ended already: ${turn.Status}`);
  return 0;
}
