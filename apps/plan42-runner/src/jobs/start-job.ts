import { turnStatuses } from "@plano/protocol";
import { noteUsedImage } from "@plano/runner-home";
import { type JobNetwork, type JobProgram, RuntimeError } from "@plano/runtime";
import { agentInput } from "./agent-input.ts";
import { againAfterEngine, whileEngineIsAway } from "./begin-anew.ts";
import type { InvokeRequest } from "./check-request.ts";
import { needsFeedback, withFeedback } from "./feedback.ts";
import type { Interruption, Job } from "./job.ts";
import type { JobDependencies } from "./job-dependencies.ts";
import { jobHosts } from "./job-hosts.ts";
import { reportStatus } from "./report.ts";

/** Where an agent image has its program, and how the runner calls it. */
const agentProgram = "/usr/bin/agent-wrapper";
const agentArguments = ["--encrypted-input=false", "--plan42-proxy", "--log-agent-output"];
/** An image with this label and the value `stdout` leaves its log to the runner, and telling that it runs. */
const logLabel = "ai.plan42.logs";

/**
 * Brings a job to the point where its container runs: feedback, image and network, container, start. Rejects
 * with the job's interruption, or with the error that the turn is to be told.
 */
export async function startJob(
  job: Job,
  request: InvokeRequest,
  dependencies: JobDependencies,
): Promise<void> {
  const { containers, puller, settings, log } = dependencies;
  const { jobId, signal } = job;
  const { image } = job.record;
  const config = settings();

  if (await whileEngineIsAway(signal, () => containers.isElsewhere(jobId, signal))) {
    const elsewhere: Interruption = { kind: "elsewhere" };
    job.interrupt(elsewhere);
    throw elsewhere;
  }
  let complete = request;
  if (needsFeedback(request)) {
    job.step = "fetching feedback";
    await reportStatus(job, turnStatuses.checkingFeedback);
    const github = dependencies.githubs.github(request.PrivateGithubConnectionID ?? "");
    complete = await withFeedback(request, github, signal);
  }

  job.step = "pulling";
  const hosts = jobHosts(request, config.url);
  // The request was accepted with a list that can be kept.
  const allowedHosts = hosts.ok ? hosts.hosts : [];
  const openNetwork = (until: AbortSignal) => containers.openNetwork(jobId, { allowedHosts, signal: until });
  const [network] = await together<[JobNetwork, unknown, unknown]>(signal, [
    (both) => againAfterEngine(job, dependencies, both, () => openNetwork(both)),
    (both) =>
      whileEngineIsAway(both, () => puller.ensure(image, { policy: config.pullPolicy, signal: both })),
    () => reportStatus(job, turnStatuses.pullingImage),
  ]);
  const facts = await whileEngineIsAway(signal, () => containers.runtime.image(image, signal));
  noteUsedImage(dependencies.imagesFolder, image).catch((error: unknown) => {
    log.warn({ jobID: jobId, err: error }, "the use of an image could not be noted");
  });

  job.step = "starting";
  const forwardsLog = facts?.labels[logLabel] === "stdout";
  // Before it runs, since from then on the turn may be the agent's.
  if (forwardsLog) await reportStatus(job, turnStatuses.agentRuns);
  const program: JobProgram = {
    image,
    entrypoint: agentProgram,
    arguments: agentArguments,
    input: agentInput(complete, job.session.turn, config.models),
    limits: { cpus: config.cpus, memoryBytes: config.memory, processes: config.pids },
    readOnlyRoot: config.readOnlyRoot,
  };
  await againAfterEngine(job, dependencies, signal, async (isFirst) => {
    await containers.create(jobId, program, isFirst ? network : await openNetwork(signal), signal);
    await job.note({
      phase: "starting",
      runtime: containers.runtime.name,
      forwardsLog,
    });
    signal.throwIfAborted();
    await containers.start(jobId, program);
  });
  log.info({ jobID: jobId, image }, "job runs");
}

/** Runs tasks at the same time. When one fails the others are told to stop, and are waited for. */
async function together<Results extends unknown[]>(
  signal: AbortSignal,
  tasks: { [Index in keyof Results]: (signal: AbortSignal) => Promise<Results[Index]> },
): Promise<Results> {
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  const running = tasks.map(async (task: (signal: AbortSignal) => Promise<unknown>) => {
    try {
      return await task(both);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
  await Promise.allSettled(running);
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return (await Promise.all(running)) as Results;
}

/** The failure to start in words for the turn. */
export function describeStartFailure(error: unknown): string {
  if (error instanceof RuntimeError) return `the agent could not be started: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
