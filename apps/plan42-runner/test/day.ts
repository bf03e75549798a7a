import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Invocation, prepareInvocation } from "@plano/plan42-testkit";
import { jobLabel, type Runtime } from "@plano/runtime";
import { sleep, withDeadline } from "@plano/waiting";
import { pino } from "pino";
import { expect, vi } from "vitest";
import type { Runner } from "../src/runner.ts";
import { createAgents } from "./day-agents.ts";
import { createChance } from "./day-chance.ts";
import { engineTroubles, serverTroubles, type Trouble } from "./day-faults.ts";
import { beginLife, type Hiccup, keepTimes, type Life } from "./day-lives.ts";
import { ended } from "./job-place.ts";
import { watchSignals } from "./watch-signals.ts";
import { agentImage, openWorkplace, quietImage } from "./workplace.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const jobTimeout = 75 * minute;
const maximumJobs = 8;
const maximumQueues = 4;
const toml = `max_queues = ${maximumQueues}
job_timeout = "75m"
idle_timeout = "20m"
stop_grace = "10s"
pull_policy = "always"
log_retention_size = "16K"`;
const keptLogBytes = 16 * 1024;
/** What troubles may add to a job's time beyond its limit: an engine that is away, a daemon that is not there. */
const patience = 45 * minute;
/** A job may wait for a runner, then for a place behind two others, and then take its time. */
const longestTurn = 3 * jobTimeout + 3 * hour;
/** The daemon looks for what is left behind every ten minutes, if the engine lets it. */
const longestLeftover = 45 * minute;
const storyLines = 60;

/** A day in the life of a runner, on a virtual clock. */
export interface Day {
  /** The day from its first minute to the quiet hour after it; rejects when something is not as it must be. */
  live(): Promise<void>;
  /** How much of everything there was. */
  summary(): string;
  /** What happened last. */
  story(): string;
  close(): Promise<void>;
}

export async function beginDay(seed: number, hours: number): Promise<Day> {
  const place = await openWorkplace({ toml, agent: (process) => agents.program(process) });
  place.config = { ...place.config, maxJobs: maximumJobs };
  const { service, folder } = place;
  const state = join(folder, ".local/state/plan42-runner");
  const hiccup: Hiccup = { isOn: false, holdsPulls: false };
  const agents = createAgents(service.url, service.transport, createChance(seed, "agents"));
  const runtime = place.runtime;
  const invocations: Invocation[] = [];
  const counts: Record<string, number> = {};
  const story: string[] = [];
  const failed = Promise.withResolvers<never>();
  // It is raced against only while time passes; what failed at other times is kept for the next race.
  failed.promise.catch(() => {});
  /** When each queue was last polled. */
  const polled = new Map<string, number>();
  let life: Life | undefined;
  let runner: Runner | undefined;
  let isQuiet = false;
  let beganAt = 0;

  const tell = (text: string) => {
    const at = new Date(Date.now() - beganAt).toISOString().slice(8, 19);
    story.push(`${at} ${text}`);
    if (story.length > storyLines) story.shift();
  };
  const happened = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
    tell(`— ${what}`);
  };
  const log = pino({ level: "info", base: null }, { write: (line: string) => tell(line.trim()) });

  // The daemon's lives.

  const start = async () => {
    const before = place.runner;
    life = beginLife(observePolls, runtime, hiccup, createChance(seed, `life ${counts.start ?? 0}`));
    happened("start");
    times.restore();
    place
      .start({ transport: life.transport, runtime: life.runtime, log, watchMilliseconds: 30 * second })
      .catch(failed.reject);
    while (place.runner === before) await sleep(100);
    runner = place.runner;
  };
  const observePolls: typeof service.transport = async (request) => {
    const queueId = /\/queues\/([^/]+)\/messages\?/.exec(request.url)?.[1];
    if (queueId !== undefined) polled.set(queueId, Date.now());
    return service.transport(request);
  };
  const times = keepTimes(join(state, "journal"));
  const restarts = async () => {
    const chance = createChance(seed, "restarts");
    while (!isQuiet) {
      await sleep(chance.wait(2 * hour));
      if (isQuiet) return;
      const onShutdown = chance.is(0.6) ? "leave" : "stop";
      place.config = { ...place.config, onShutdown, shutdownTimeout: chance.between(second, 10 * minute) };
      happened(`shutdown: ${onShutdown}`);
      const force = new AbortController();
      const timer = chance.is(0.4) ? setTimeout(() => force.abort(), chance.between(1, minute)) : undefined;
      const leaving = runner;
      runner = undefined;
      await leaving?.shutdown(force.signal);
      clearTimeout(timer);
      times.note();
      life?.end();
      await sleep(chance.between(100, 10 * minute));
      await start();
    }
  };

  // The service's side.

  const respondWithin = async (milliseconds: number, text: string): Promise<unknown> => {
    try {
      const messageId = service.queues.enqueue(text);
      return await withDeadline(milliseconds, (signal) =>
        Promise.race([
          service.queues.response(messageId),
          new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined))),
        ]),
      );
    } catch {
      // No queue is healthy.
      return undefined;
    }
  };
  const endTurn = ({ record: { turn } }: Invocation, ErrorMessage: string) => {
    if (ended(turn.Status)) return;
    const CompletedAt = new Date().toISOString();
    service.turns.change(turn.TaskId, 1, { Status: "Failed", ErrorMessage, CompletedAt });
  };
  const invoke = async (name: string) => {
    const chance = createChance(seed, name);
    const image = chance.is(0.7) ? agentImage : quietImage;
    const invocation = prepareInvocation(service, { image });
    invocations.push(invocation);
    const text = JSON.stringify(invocation.message);
    if (chance.is(0.06)) {
      void sleep(chance.between(second, 2 * hour)).then(() => endTurn(invocation, "cancelled by its user"));
    }
    const giveUp = Date.now() + 90 * minute;
    while (Date.now() < giveUp && !ended(invocation.record.turn.Status)) {
      const answers = [respondWithin(minute, text)];
      if (chance.is(0.15)) answers.push(respondWithin(minute, text));
      for (const answer of await Promise.all(answers)) {
        if (typeof answer !== "string") continue;
        const { ErrorMessage: refusal } = JSON.parse(answer);
        happened(refusal === null ? "job accepted" : `job refused: ${refusal}`);
        if (refusal === null || /already/.test(refusal)) return;
      }
      await sleep(chance.between(10 * second, 3 * minute));
    }
    if (!ended(invocation.record.turn.Status)) happened("nobody took a job");
    endTurn(invocation, "no runner took it");
  };
  const arrivals = async () => {
    const chance = createChance(seed, "arrivals");
    const jobs: Promise<void>[] = [];
    for (let count = 0; ; count += 1) {
      await sleep(chance.wait(3.2 * minute));
      if (isQuiet) break;
      jobs.push(invoke(`job ${count}`));
    }
    await Promise.all(jobs);
  };
  const oddities = async () => {
    const chance = createChance(seed, "oddities");
    for (;;) {
      await sleep(chance.wait(8 * minute));
      if (isQuiet) return;
      const [queueId] = [...service.queues.all.keys()];
      if (queueId === undefined) continue;
      const what = chance.pick({
        "queue deleted": 2,
        "bad envelope": 3,
        "bad caller": 2,
        "odd request": 3,
        flood: 0.4,
      });
      happened(what);
      if (what === "queue deleted") service.queues.drop(queueId);
      if (what === "flood") await flood();
      const fields =
        what === "bad envelope"
          ? { Payload: { EncryptionAlgorithm: "none", EncryptedData: "????", EphemeralPublicKey: "" } }
          : what === "bad caller"
            ? { CallerPublicKey: "no key" }
            : {};
      if (/bad|odd/.test(what) && service.queues.all.has(queueId)) {
        service.queues.enqueue(what === "odd request" ? "{]" : '{"Type":"PingRequest"}', { queueId, fields });
      }
    }
  };
  /** So many messages that the runner opens another queue. */
  const flood = async () => {
    for (let count = 0; count < 35; count += 1) {
      try {
        for (let message = 0; message < 10 * service.queues.all.size; message += 1) {
          service.queues.enqueue('{"Type":"PingRequest"}');
        }
      } catch {
        // No queue is healthy.
      }
      await sleep(2 * second);
    }
  };
  /** The service forgets queues that nobody polls. */
  const checkQueues = async () => {
    while (!isOver) {
      await sleep(minute);
      for (const { QueueID, CreatedAt } of service.queues.all.values()) {
        const last = Math.max(polled.get(QueueID) ?? 0, Date.parse(CreatedAt));
        if (Date.now() - last > 6 * minute) {
          happened("queue forgotten by the service");
          service.queues.drop(QueueID);
        }
      }
    }
  };
  const troubles = async (name: string, mean: number, kinds: Record<string, Trouble>) => {
    const chance = createChance(seed, name);
    const weights = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 1]));
    for (;;) {
      await sleep(chance.wait(mean));
      if (isQuiet) return;
      const kind = chance.pick(weights);
      happened(kind);
      await kinds[kind]?.();
      tell(`— over: ${kind}`);
    }
  };

  // What must hold at any time.

  let isOver = false;
  const signals = watchSignals();
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on("warning", warn);

  /** What is wrong with a job, if anything. */
  const problemOf = ({ jobId, record: { turn, statuses } }: Invocation): readonly string[] => {
    const begun = agents.begun.get(jobId) ?? 0;
    const ends = statuses.filter(ended).length;
    if (begun > 1) return [`the agent of ${jobId} began ${begun} times`];
    if (ends > 1) return [`the turn of ${jobId} ended ${ends} times`];
    if (turn.Status === "Completed" && !agents.completed.has(jobId)) return [`${jobId} did not complete`];
    const isStuck = !ended(turn.Status) && Date.now() - Date.parse(turn.CreatedAt) > longestTurn;
    return isStuck ? [`${jobId} is stuck: ${statuses.join(", ")}`] : [];
  };
  const leftovers = new Map<string, number>();
  const check = async () => {
    expect(service.violations).toEqual([]);
    expect(warnings).toEqual([]);
    expect(invocations.flatMap(problemOf)).toEqual([]);
    checkStatus();
    checkLeftovers(await containers());
    expect(signals.mostListeners(), "listeners of one signal").toBeLessThanOrEqual(4 * maximumJobs * 3);
    expect(vi.getTimerCount(), "timers").toBeLessThanOrEqual(600);
  };
  const checkStatus = () => {
    const status = runner?.status();
    if (status === undefined) return;
    const active = status.queues.filter(({ phase }) => phase === "registering" || phase === "polling");
    expect(active.length).toBeLessThanOrEqual(maximumQueues);
    expect(status.queues.length).toBeLessThanOrEqual(3 * maximumQueues);
    expect(status.capacity.waiting).toBeLessThanOrEqual(2 * maximumJobs);
    for (const { jobId, step, startedAt, acceptedAt } of status.jobs) {
      const ran = Date.now() - Date.parse(startedAt ?? acceptedAt);
      const limit = startedAt === null ? longestTurn : jobTimeout + patience;
      expect(ran, `${jobId} is ${step} for too long`).toBeLessThanOrEqual(limit);
    }
  };
  /** Containers and networks by their job. */
  const containers = async (): Promise<Set<string>> => {
    try {
      const found = await (runtime as Runtime).list("ai.plan42.runner", service.runnerId);
      const networks = await runtime.listNetworks("ai.plan42.runner", service.runnerId);
      return new Set([...networks, ...found.map(({ name, labels }) => labels[jobLabel] ?? name)]);
    } catch {
      // The engine is away.
      return new Set(leftovers.keys());
    }
  };
  const checkLeftovers = (found: ReadonlySet<string>) => {
    const owned = new Set(runner?.status().jobs.map(({ jobId }) => jobId));
    for (const jobId of found) {
      if (owned.has(jobId)) leftovers.delete(jobId);
      else if (!leftovers.has(jobId)) leftovers.set(jobId, Date.now());
    }
    for (const [jobId, since] of leftovers) {
      if (!found.has(jobId)) leftovers.delete(jobId);
      else expect(Date.now() - since, `${jobId} belongs to nobody`).toBeLessThanOrEqual(longestLeftover);
    }
  };
  const checks = async () => {
    while (!isOver) {
      await sleep(minute);
      await check();
    }
  };
  const checkEnd = async () => {
    for (const { jobId, record } of invocations) expect(record.turn.Status, jobId).toSatisfy(ended);
    expect(await containers()).toEqual(new Set());
    const status = runner?.status();
    expect(status).toMatchObject({
      server: "ok",
      jobs: [],
      draining: false,
      capacity: { running: 0, waiting: 0 },
      queues: [{ phase: "polling" }],
    });
    const [queue] = status?.queues ?? [];
    expect(Date.now() - Date.parse(queue?.lastPollAt ?? "")).toBeLessThanOrEqual(2 * minute);
    expect([...service.queues.all.keys()]).toEqual([queue?.queueId]);
    const files = readdirSync(join(state, "journal"));
    expect(files.filter((name) => !name.endsWith(".done"))).toEqual([]);
    const old = invocations.filter(
      ({ record }) => Date.now() - Date.parse(record.turn.CompletedAt ?? "") > 24 * hour + 2 * jobTimeout,
    );
    for (const { jobId } of old) expect(files).not.toContain(`${jobId}.done`);
    const logs = readdirSync(join(state, "jobs")).map((name) => statSync(join(state, "jobs", name)).size);
    expect(logs.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(keptLogBytes);
    expect(await respondWithin(minute, '{"Type":"PingRequest"}')).toBe('{"Type":"PingResponse"}');
  };

  const live = async () => {
    beganAt = Date.now();
    const random = createChance(seed, "product");
    vi.spyOn(Math, "random").mockImplementation(random.next);
    const forServer = () => serverTroubles(service, createChance(seed, "server"));
    const forEngine = engineTroubles(runtime, hiccup, createChance(seed, "engine"));
    await start();
    const background = [checkQueues(), checks()];
    const server = forServer();
    const actors = Promise.all([
      restarts(),
      arrivals(),
      oddities(),
      troubles("server one", 15 * minute, server),
      troubles("server two", 25 * minute, server),
      troubles("engine", 30 * minute, forEngine),
    ]);
    const everyone = async () => {
      await sleep(hours * hour);
      isQuiet = true;
      tell("— the quiet begins");
      await actors;
      while (invocations.some(({ record }) => !ended(record.turn.Status))) await sleep(minute);
      await sleep(hour);
      await checkEnd();
      expect(await runner?.shutdown(new AbortController().signal)).toBe("clean");
      expect(service.queues.all.size).toBe(0);
      isOver = true;
      await sleep(10 * second);
      await Promise.all(background);
    };
    await Promise.race([
      everyone(),
      failed.promise,
      ...background.map((one) => one.then(() => failed.promise)),
    ]);
  };

  return {
    live,
    summary: () =>
      Object.entries({
        ...counts,
        jobs: invocations.length,
        began: agents.begun.size,
        completed: agents.completed.size,
      })
        .map(([what, count]) => `${count} × ${what}`)
        .join("\n"),
    story: () => story.join("\n"),
    close: async () => {
      life?.end();
      process.off("warning", warn);
      signals.stop();
      await place.close();
    },
  };
}
