import { ApiError } from "@plano/client";
import type { Turn, TurnLogEntry } from "@plano/protocol";
import { findTask } from "../../api/find.ts";
import { followTurn, readTurnLog, turnPath } from "../../api/follow-turn.ts";
import { type Api, withApi } from "../../api/open-api.ts";
import { printEnd } from "../../api/print-turn.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { untilInterrupted } from "../../api/until-interrupted.ts";
import type { Context } from "../../context.ts";
import { formatTime } from "../../format-time.ts";

export interface TaskLogsOptions extends ServerFlags {
  readonly task: string;
  /** From 1; without one the last turn. */
  readonly turn?: number;
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

/** Prints the log of a turn: what there is of it, or with `follow` until the turn has ended. */
export async function run(options: TaskLogsOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const print = (entry: TurnLogEntry) => {
    if (options.json) terminal.raw(`${JSON.stringify(entry)}\n`);
    else if (options.timestamps)
      terminal.line(`${terminal.style.dim(formatTime(entry.Timestamp))}  ${entry.Message}`);
    else terminal.line(entry.Message);
  };
  return withApi(options, context, async (api) => {
    const taskId = await findTask(api, options.task);
    const choice = { taskId, turnIndex: (await chooseTurn(api, taskId, options.turn)).TurnIndex };
    await untilInterrupted(context, async (signal) => {
      if (options.follow) {
        printEnd(await followTurn(api, choice, print, signal), terminal);
        return;
      }
      const count = await logLength(api, choice);
      if (count === 0) terminal.errorLine("There is no log yet; -f waits for it.");
      else await readTurnLog(api, choice, { count, onEntry: print, signal });
    });
    return 0;
  });
}

function chooseTurn(api: Api, taskId: string, turnIndex: number | undefined): Promise<Turn> {
  const query = { includeDeleted: true };
  return turnIndex === undefined
    ? api.client.call("getLastTurn", { path: { tenantId: api.tenantId, taskId }, query })
    : api.client.call("getTurn", { path: turnPath(api, { taskId, turnIndex }), query });
}

async function logLength(api: Api, choice: { taskId: string; turnIndex: number }): Promise<number> {
  try {
    const query = { includeDeleted: true };
    return (await api.client.call("getLastTurnLog", { path: turnPath(api, choice), query })).Index + 1;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return 0;
    throw error;
  }
}
