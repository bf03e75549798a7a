import { streamTurnLogs } from "@plano/client";
import type { Turn, TurnLogEntry } from "@plano/protocol";
import type { Api } from "./open-api.ts";

/** One turn of a task. */
export interface TurnChoice {
  readonly taskId: string;
  readonly turnIndex: number;
}

/** The parameters of a turn's path. */
export function turnPath(api: Api, { taskId, turnIndex }: TurnChoice) {
  return { tenantId: api.tenantId, taskId, turnIndex: String(turnIndex) };
}

/** Hands on a turn's log as it grows until the turn has ended. Rejects with the signal's reason. */
export async function followTurn(
  api: Api,
  choice: TurnChoice,
  onEntry: (entry: TurnLogEntry) => void,
  signal: AbortSignal,
): Promise<Turn> {
  const path = turnPath(api, choice);
  for await (const entry of streamTurnLogs(api.client, path, { signal, includeDeleted: true }))
    onEntry(entry);
  return api.client.call("getTurn", { path, query: { includeDeleted: true }, signal });
}

/** Hands on the first `count` entries of a turn's log, which must be there already. */
export async function readTurnLog(
  api: Api,
  choice: TurnChoice,
  {
    count,
    onEntry,
    signal,
  }: {
    readonly count: number;
    readonly onEntry: (entry: TurnLogEntry) => void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  let left = count;
  for await (const entry of streamTurnLogs(api.client, turnPath(api, choice), {
    signal,
    includeDeleted: true,
  })) {
    onEntry(entry);
    left -= 1;
    if (left === 0) return;
  }
}
