import { open } from "node:fs/promises";
import { ApiError, createLogUploader, type LogUploader, withRetry } from "@plano/client";
import { takePieces } from "@plano/runtime";
import type { Job } from "./job.ts";
import { limitLines } from "./limit-lines.ts";

/** A part of a log's file: one attempt, to the end. */
export interface LogPart {
  readonly path: string;
  readonly offset: number;
  /** Most bytes that the turn gets of it. */
  readonly limitBytes: number;
}

/** How much of its end is shown when the agent has uploaded a log of its own. */
const shownLines = 200;

/** How many entries the turn's log has. Rejects when the server cannot tell. */
export function uploadedEntries(job: Job, signal: AbortSignal): Promise<number> {
  const { TenantId, TaskId, TurnIndex } = job.record.turn;
  const path = { tenantId: TenantId, taskId: TaskId, turnIndex: String(TurnIndex) };
  return withRetry(
    async () => {
      try {
        return (await job.client.call("getLastTurnLog", { path, signal })).Index + 1;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return 0;
        throw error;
      }
    },
    { attempts: Number.POSITIVE_INFINITY, signal },
  );
}

/**
 * Uploads a job's log: the whole if its agent uploaded none, else its end, unless the agent has ended its turn
 * and so has told all that it wanted to. Rejects when the log cannot be read or the server cannot take it.
 */
export async function uploadLeftLog(
  job: Job,
  part: LogPart,
  { isEnded, signal }: { readonly isEnded: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const hasOwn = (await uploadedEntries(job, signal)) > 0;
  if (hasOwn && isEnded) return;
  const uploader = createLogUploader({ session: job.session });
  if (hasOwn) uploader.add("[plan42-runner] the agent ended before its turn did; the end of its output:");
  await addLines(uploader, part, hasOwn ? shownLines : Number.POSITIVE_INFINITY);
  await uploader.close(signal);
}

async function addLines(
  uploader: LogUploader,
  { path, offset, limitBytes }: LogPart,
  last: number,
): Promise<void> {
  const file = await open(path);
  try {
    const kept: string[] = [];
    const addPiece = limitLines(limitBytes, uploader.add);
    const add = (line: string) => addPiece(takePieces(line, addPiece));
    for await (const line of file.readLines({ start: offset, autoClose: false })) {
      if (last === Number.POSITIVE_INFINITY) {
        add(line);
        continue;
      }
      kept.push(line);
      if (kept.length > last) kept.shift();
    }
    for (const line of kept) add(line);
  } finally {
    await file.close();
  }
}
