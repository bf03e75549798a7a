import { ApiError } from "@plano/client";
import { isTerminal, type Turn } from "@plano/protocol";
import { findTask } from "../../api/find.ts";
import { followTurn, readTurnLog, turnPath } from "../../api/follow-turn.ts";
import { type Api, withApi } from "../../api/open-api.ts";
import { entryPrinter } from "../../api/print-entry.ts";
import { hasFailed, printEnd, printLeft } from "../../api/print-turn.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { untilInterrupted } from "../../api/until-interrupted.ts";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../exit-codes.ts";

export interface TaskLogsOptions extends ServerFlags {
  readonly task: string;
  /** From 1; without one the last turn. */
  readonly turn?: number;
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

/** Prints the log of a turn: what there is of it, or with `follow` until the turn has ended, and 1 if it failed. */
export async function run(options: TaskLogsOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const print = entryPrinter(context, options);
  return withApi(options, context, async (api) => {
    const taskId = await findTask(api, options.task);
    const turn = await chooseTurn(api, taskId, options.turn);
    const choice = { taskId, turnIndex: turn.TurnIndex };
    const code = await untilInterrupted(context, async (signal) => {
      if (options.follow) {
        const end = await followTurn(api, choice, print, signal);
        printEnd(end, terminal);
        return hasFailed(end) ? exitCodes.failure : exitCodes.success;
      }
      const count = await logLength(api, choice);
      if (count > 0) await readTurnLog(api, choice, { count, onEntry: print, signal });
      else if (isTerminal(turn.Status)) terminal.errorLine("The turn has ended, and left no log.");
      else terminal.errorLine("There is no log yet; -f waits for it.");
      return exitCodes.success;
    });
    if (code === undefined && options.follow) printLeft(taskId, terminal);
    return code ?? exitCodes.interrupted;
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
