import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { ApiError, createLogUploader } from "@plano/client";
import type { Job } from "./job.ts";

/** A part of a log's file: one attempt, to the end. */
export interface LogPart {
  readonly path: string;
  readonly offset: number;
}

/** How much of its end is shown when the agent has uploaded a log of its own. */
const shownLines = 200;

/**
 * Uploads a job's log when its agent has died: the whole if the agent uploaded none, else its end. Never
 * rejects; a turn that has ended takes no log.
 */
export async function uploadLeftLog(job: Job, part: LogPart, signal: AbortSignal): Promise<void> {
  const hasOwn = await hasLog(job);
  if (hasOwn === undefined) return;
  const uploader = createLogUploader({ session: job.session });
  const lines = createInterface({
    input: createReadStream(part.path, { start: part.offset }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  if (hasOwn) {
    const last: string[] = [];
    for await (const line of lines) {
      last.push(line);
      if (last.length > shownLines) last.shift();
    }
    uploader.add("[plan42-runner] the agent ended before its turn did; the end of its output:");
    for (const line of last) uploader.add(line);
  } else {
    for await (const line of lines) uploader.add(line);
  }
  await uploader.close(signal);
}

/** Whether the turn has a log; undefined when it cannot be told, or nobody would take more. */
async function hasLog(job: Job): Promise<boolean | undefined> {
  const { TenantId, TaskId, TurnIndex } = job.record.turn;
  try {
    await job.client.call("getLastTurnLog", {
      path: { tenantId: TenantId, taskId: TaskId, turnIndex: String(TurnIndex) },
    });
    return true;
  } catch (error) {
    return error instanceof ApiError && error.status === 404 ? false : undefined;
  }
}
