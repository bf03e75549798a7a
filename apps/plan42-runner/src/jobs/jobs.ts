import type { Client } from "@plano/client";
import { type JobStatus, type RuntimeName, readDisk } from "@plano/runner-home";
import type { JobContainers, Runtime } from "@plano/runtime";
import { formatBytes } from "@plano/terminal";
import { adoptJobs } from "./adopt.ts";
import { requestSecrets, withLocalGithub } from "./agent-input.ts";
import { checkRequest, type InvokeRequest } from "./check-request.ts";
import { createJob, type Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";
import { type JobRecord, killedByOperator } from "./job-record.ts";
import { runJob } from "./run-job.ts";
import { stopJob } from "./watch.ts";

export interface JobsOptions extends JobDependencies {
  /** The containers of another runtime, which a configuration before this one named. */
  readonly containersNamed: (runtime: RuntimeName) => JobContainers;
  /** A client with an agent's token. */
  readonly agentClient: (token: string) => Client;
  /** Secrets of the runner's own. */
  readonly secrets: () => readonly string[];
  /** The folder whose disk must have room for another job. */
  readonly folder: string;
}

/** The daemon's jobs. They belong to no queue, and outlive the daemon. */
export interface Jobs {
  /** Takes a job on; resolves to the reason if it is refused. */
  accept(request: InvokeRequest): Promise<string | undefined>;
  /** Goes on with what earlier daemons have left; resolves when every such job is in hand. */
  adopt(): Promise<void>;
  /** Ends a job as an operator wants it; false if there is no such job. */
  kill(jobId: string): Promise<boolean>;
  /** Refuses new jobs from now on. */
  close(): void;
  /** Resolves when no job is left, or the signal aborts; then tells how many are. */
  settle(signal: AbortSignal): Promise<number>;
  /** Stops all jobs that have not ended and reports them as failed. */
  stopAll(reason: string): Promise<void>;
  /** Leaves all jobs as they are; resolves when their logs are closed. */
  leave(): Promise<void>;
  /** Removes containers and networks that belong to no job any more. Another installation's are left alone. */
  clearOrphans(): Promise<void>;
  list(): readonly JobStatus[];
  /** The runtime that a job is in. */
  runtimeOf(jobId: string): Runtime;
}

export function createJobs(options: JobsOptions): Jobs {
  const { journal, settings, capacity, containers, measures, log } = options;
  const jobs = new Map<string, { readonly job: Job; readonly life: Promise<void> }>();
  /** Jobs that are about to be accepted. */
  const reserved = new Set<string>();
  /** Jobs of other installations that the log has told of. */
  let knownForeign: ReadonlySet<string> = new Set();
  const adopted = Promise.withResolvers<void>();
  const leaving = new AbortController();
  let isClosed = false;

  const hold = (job: Job, life: Promise<void>) => {
    const entry = { job, life: life.finally(() => jobs.delete(job.jobId)) };
    jobs.set(job.jobId, entry);
  };
  const open = (record: JobRecord) =>
    createJob({
      record,
      journal,
      client: options.agentClient(record.agentToken),
      secrets: options.secrets(),
    });
  // Known from the first moment, so that a message that comes twice finds them.
  const found = journal.found.map(open);
  for (const job of found) {
    capacity.take();
    jobs.set(job.jobId, { job, life: adopted.promise });
  }

  const runtimeNameOf = ({ record }: Job) => record.runtime ?? containers.runtime.name;
  /** What jobs of each runtime need. */
  const dependencies = new Map<string, JobDependencies>([[containers.runtime.name, options]]);
  const dependenciesIn = (runtime: string): JobDependencies => {
    const known = dependencies.get(runtime) ?? {
      ...options,
      containers: options.containersNamed(runtime as RuntimeName),
    };
    dependencies.set(runtime, known);
    return known;
  };
  const dependenciesOf = (job: Job) => dependenciesIn(runtimeNameOf(job));

  const refusal = (jobId: string): string | undefined => {
    if (isClosed) return "runner is shutting down";
    if (jobs.has(jobId) || reserved.has(jobId)) return "job already running";
    if (journal.isFinished(jobId)) return "job already finished";
    return jobs.size + reserved.size >= capacity.maximum() ? "runner at capacity" : undefined;
  };
  const diskRefusal = async (): Promise<string | undefined> => {
    const { folder, freeBytes, minFreeBytes, refusesJobs } = await readDisk(
      options.folder,
      settings().diskMinFree,
    );
    if (!refusesJobs) return undefined;
    return `not enough free disk space on the runner: ${formatBytes(freeBytes)} free at ${folder}, and disk_min_free is ${formatBytes(minFreeBytes)}`;
  };
  const refuse = (request: InvokeRequest, reason: string) => {
    measures.jobsRefused += 1;
    log.warn({ reason, task_id: request.Turn.TaskId }, "job refused");
    return reason;
  };
  const begin = async (request: InvokeRequest, jobId: string) => {
    const local = withLocalGithub(request, options.githubs.find);
    const job = open({
      jobId,
      turn: local.Turn,
      agentToken: local.AgentToken,
      secrets: requestSecrets(local),
      image: local.Environment.DockerImage,
      runtime: containers.runtime.name,
      acceptedAt: new Date().toISOString(),
      phase: "accepted",
      request: local,
      limitsHosts: local.Environment.AllowedHosts.length > 0,
    });
    await job.note({});
    measures.jobsAccepted += 1;
    log.info({ jobID: jobId, image: job.record.image }, "job accepted");
    hold(job, runJob(job, local, options, leaving.signal));
  };

  return {
    accept: async (request) => {
      const checked = checkRequest(request, settings());
      if (!checked.ok) return refuse(request, checked.reason);
      const { jobId } = checked;
      const reason = refusal(jobId);
      if (reason !== undefined) return refuse(request, reason);
      // At once, so that the same message coming twice finds it taken.
      reserved.add(jobId);
      try {
        const full = await diskRefusal();
        if (full !== undefined) return refuse(request, full);
        await begin(request, jobId);
        return undefined;
      } finally {
        reserved.delete(jobId);
      }
    },

    adopt: async () => {
      for (const name of journal.unreadable)
        log.error({ file: name }, "a record in the journal cannot be read");
      const { signal: leave } = leaving;
      const adoptFrom = async (runtime: string, group: readonly Job[]) => {
        try {
          const former = dependenciesIn(runtime);
          if (former !== options)
            log.warn({ runtime }, "jobs are left in the former runtime, and go on there");
          await adoptJobs(group, { former, present: options, leave, done: hold });
        } catch (error) {
          if (!leave.aborted)
            log.error({ err: error }, "the jobs of an earlier run could not be gone through");
        }
      };
      // An engine that does not answer keeps no other's jobs waiting.
      await Promise.all(
        [...Map.groupBy(found, runtimeNameOf)].map(([runtime, group]) => adoptFrom(runtime, group)),
      );
      adopted.resolve();
    },

    kill: async (jobId) => {
      const entry = jobs.get(jobId);
      if (entry === undefined) return false;
      entry.job.interrupt({ kind: "stopped", reason: killedByOperator });
      if (entry.job.record.phase !== "accepted") {
        await stopJob(entry.job, killedByOperator, dependenciesOf(entry.job));
      }
      return true;
    },

    close: () => {
      isClosed = true;
    },

    settle: async (signal) => {
      while (jobs.size > 0 && !signal.aborted) {
        const aborted = Promise.withResolvers<void>();
        const abort = () => aborted.resolve();
        signal.addEventListener("abort", abort, { once: true });
        await Promise.race([Promise.all([...jobs.values()].map(({ life }) => life)), aborted.promise]);
        signal.removeEventListener("abort", abort);
      }
      return jobs.size;
    },

    stopAll: async (reason) => {
      const all = [...jobs.values()].filter(({ job }) => job.step !== "reporting");
      await Promise.all(
        all.map(async ({ job }) => {
          job.interrupt({ kind: "stopped", reason });
          if (job.record.phase !== "accepted") await stopJob(job, reason, dependenciesOf(job));
        }),
      );
    },

    leave: async () => {
      for (const { job } of jobs.values()) {
        // Only a job that runs can be gone on with.
        if (job.record.phase === "accepted") {
          job.interrupt({ kind: "stopped", reason: "the runner was shut down before the job began" });
        }
      }
      leaving.abort(new Error("the runner leaves its jobs"));
      await Promise.all([...jobs.values()].map(({ life }) => life));
    },

    clearOrphans: async () => {
      const { removed, foreign } = await options.containers.clearOrphans(
        (jobId) => jobs.has(jobId) || reserved.has(jobId),
      );
      for (const jobId of removed) log.info({ jobID: jobId }, "removed what was left of a job");
      for (const jobId of foreign.filter((id) => !knownForeign.has(id))) {
        log.warn({ jobID: jobId }, "left alone: a job of this runner that a daemon with other folders began");
      }
      knownForeign = new Set(foreign);
    },

    list: () =>
      [...jobs.values()].map(({ job: { jobId, record, step } }) => ({
        jobId,
        image: record.image,
        step,
        acceptedAt: record.acceptedAt,
        startedAt: record.startedAt ?? null,
      })),

    runtimeOf: (jobId) => {
      const job = jobs.get(jobId)?.job;
      return (job === undefined ? options : dependenciesOf(job)).containers.runtime;
    },
  };
}
