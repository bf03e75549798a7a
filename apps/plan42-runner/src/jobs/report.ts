import { ApiError, ConnectionError, createBackoff, isTransient } from "@plano/client";
import { turnStatuses } from "@plano/protocol";
import { sleep } from "@plano/waiting";
import type { Logger } from "pino";
import { limitText } from "./conclude.ts";
import type { Interruption, Job } from "./job.ts";

const statusRetry = { attempts: Number.POSITIVE_INFINITY, within: 5 * 60_000 };

/** Tells the turn how far the job is. Rejects with an {@link Interruption} if the turn has ended. */
export async function reportStatus(job: Job, status: string): Promise<void> {
  const isOpen = await job.session.update({ Status: status }, { ...statusRetry, signal: job.signal });
  if (isOpen) return;
  const ended: Interruption = { kind: "turn-ended" };
  job.interrupt(ended);
  throw ended;
}

/**
 * Tells the turn that the job failed, for as long as it takes: the turn may have ended meanwhile, and the
 * server may be away. Resolves when there is nothing more to tell; rejects only when the signal aborts.
 */
export async function reportFailure(
  job: Job,
  message: string,
  log: Logger,
  signal: AbortSignal,
): Promise<void> {
  const backoff = createBackoff({ minimum: 250, maximum: 30_000 });
  for (;;) {
    try {
      const body = {
        Status: turnStatuses.failed,
        ErrorMessage: limitText(job.redaction.text(message)),
        CompletedAt: new Date().toISOString(),
      };
      const isOpen = await job.session.update(body, { attempts: 1 });
      log.info({ jobID: job.jobId, reported: isOpen }, isOpen ? "job failed" : "the turn had ended already");
      return;
    } catch (error) {
      if (!isTransient(error)) {
        // The server refuses for good: the turn is gone, or the agent's token is no longer valid.
        log.error({ jobID: job.jobId, err: error }, "a failure could not be reported");
        return;
      }
      await sleep(backoff.failed(error instanceof ApiError ? error.retryAfter : undefined), signal);
    }
  }
}

/** Whether a turn has been ended on the server; undefined when it cannot be told now. */
export async function hasTurnEnded(
  job: Job,
  isTerminal: (status: string) => boolean,
): Promise<boolean | undefined> {
  const { TenantId, TaskId, TurnIndex } = job.record.turn;
  try {
    const turn = await job.client.call("getTurn", {
      path: { tenantId: TenantId, taskId: TaskId, turnIndex: String(TurnIndex) },
    });
    return isTerminal(turn.Status);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return true;
    if (error instanceof ConnectionError || error instanceof ApiError) return undefined;
    throw error;
  }
}
