import { createLogUploader } from "@plano/client";
import { isTerminal } from "@plano/protocol";
import { type JobLog, openJobLog } from "@plano/runtime";
import { withDeadline } from "@plano/waiting";
import { describeFailure } from "./conclude.ts";
import type { Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";
import { limitLines } from "./limit-lines.ts";
import { hasTurnEnded } from "./report.ts";
import { uploadedEntries, uploadLeftLog } from "./upload-log.ts";
import { keepAlive, watchJob } from "./watch.ts";

/** How long the rest of a log may take to reach the server, in milliseconds. */
const uploadMilliseconds = 60_000;
const refusalsMilliseconds = 10_000;
const shownRefusals = 20;

/**
 * Follows a job's container to its end: its output goes to the log's file, and to the turn if the image leaves
 * that to the runner; what takes too long is stopped. Resolves to what the turn is to be told, or to undefined
 * if it has ended. Rejects with the signal's reason when the daemon leaves the job.
 */
export async function followJob(
  job: Job,
  dependencies: JobDependencies,
  leave: AbortSignal,
): Promise<string | undefined> {
  const { containers, settings, log, heartbeatMilliseconds } = dependencies;
  const { jobId, record } = job;
  const { logMaxSize, logUploadMaxSize, memory } = settings();
  const uploader = record.forwardsLog ? createLogUploader({ session: job.session }) : undefined;
  const path = dependencies.logFile(jobId);
  // The output of a job that was found running comes from its beginning again.
  let known =
    record.forwardsLog && record.phase === "running"
      ? await uploadedEntries(job, leave).catch(() => Number.POSITIVE_INFINITY)
      : 0;
  const jobLog = await openJobLog({
    path,
    redaction: job.redaction,
    limitBytes: logMaxSize,
    // The job goes on without its log, for instance when the disk is full.
    onFileError: (error) => log.error({ jobID: jobId, err: error }, "a job's log cannot be written"),
    ...(record.logOffset === undefined ? {} : { offset: record.logOffset }),
    // Lines that the turn has already count, too.
    onLine: limitLines(logUploadMaxSize, (line) => {
      if (known > 0) known -= 1;
      else uploader?.add(line);
    }),
  });
  const startedAt = record.startedAt ?? new Date().toISOString();
  await job.tryToNote({ phase: "running", request: undefined, startedAt, logOffset: jobLog.offset }, log);
  job.step = "running";

  const over = new AbortController();
  let lastOutputAt = Date.now();
  const watched = { startedAt: Date.parse(startedAt), lastOutputAt: () => lastOutputAt };
  const watching = Promise.all([
    watchJob(job, watched, dependencies, over.signal),
    record.forwardsLog ? keepAlive(job, heartbeatMilliseconds, log, over.signal) : undefined,
  ]);
  try {
    const exit = await containers.follow(jobId, {
      onOutput: async (bytes) => {
        lastOutputAt = Date.now();
        await jobLog.write(bytes);
      },
      onEngine: (answers) =>
        log.warn({ jobID: jobId }, answers ? "the engine answers again" : "the engine does not answer"),
      signal: leave,
    });
    const { stopReason } = job.record;
    const last =
      exit === "lost"
        ? "the container has disappeared"
        : `the agent ended with ${exit.exitCode ?? "an exit code that could not be learnt"}`;
    if (record.limitsHosts) await noteRefusals(job, jobLog, dependencies);
    await jobLog.note(last);
    log.info({ jobID: jobId, exit, stopReason }, "job ended");
    job.step = "reporting";
    over.abort();
    await watching;
    await jobLog.close();
    const finishLog = async (signal: AbortSignal) => {
      await uploader?.close(signal);
      const isEnded = (await hasTurnEnded(job, isTerminal)) === true;
      if (uploader === undefined) {
        const part = { path, offset: jobLog.offset, limitBytes: logUploadMaxSize };
        await uploadLeftLog(job, part, { isEnded, signal }).catch((error: unknown) => {
          log.warn({ jobID: jobId, err: error }, "a job's log was not uploaded");
        });
      }
      return isEnded;
    };
    if (await withDeadline(uploadMilliseconds, finishLog, leave)) return undefined;
    // Its container stays, so that the next daemon uploads the rest of the log.
    leave.throwIfAborted();
    return describeFailure({ exit, stopReason, memory, lastLines: jobLog.lastLines() });
  } finally {
    over.abort();
    await watching;
    await jobLog.close();
  }
}

/** Tells in a job's log which hosts it wanted and may not have: mostly why it failed. */
async function noteRefusals(job: Job, jobLog: JobLog, { containers, log }: JobDependencies): Promise<void> {
  try {
    const refusals = await withDeadline(refusalsMilliseconds, (signal) =>
      containers.refusals(job.jobId, signal),
    );
    for (const refusal of refusals.slice(0, shownRefusals)) await jobLog.note(refusal);
    const more = refusals.length - shownRefusals;
    if (more > 0) await jobLog.note(`${more} other hosts were refused`);
  } catch (error) {
    log.warn({ jobID: job.jobId, err: error }, "what a job's proxy has refused could not be read");
  }
}
