import { GithubError } from "@plano/github";
import { errorTypes, taskStates, turnStatuses } from "@plano/protocol";
import { and, eq, isNotNull, lte, sql } from "drizzle-orm";
import type { Tokens } from "../auth/tokens.ts";
import type { Database } from "../database/database.ts";
import { environments, tasks, tenants, turns } from "../database/schema.ts";
import { toEnvironment, toTask, toTurn } from "../database/to-wire.ts";
import { type Events, listen, topics } from "../events/events.ts";
import { Failure } from "../http/failure.ts";
import type { Vault } from "../secrets/vault.ts";
import { accessOf, findConnection, orDefault } from "./connection-access.ts";
import { reviewFeedback } from "./review-feedback.ts";
import type { RunnerCalls, RunnerKey } from "./runner-calls.ts";
import type { ServerGithub } from "./server-github.ts";
import { failTurn, isTurn, type TurnKey } from "./turn-end.ts";

export interface TurnDispatchOptions {
  readonly database: Database;
  readonly events: Events;
  readonly calls: Pick<RunnerCalls, "call">;
  readonly tokens: Pick<Tokens, "issueAgentToken">;
  readonly vault: Pick<Vault, "variablesOf" | "githubTokensOf">;
  readonly github: ServerGithub;
  readonly now: () => Date;
  readonly onError: (error: unknown) => void;
  /** How long a turn waits for a runner with a healthy queue, in milliseconds. */
  readonly runnerWait: number;
  /** How long it is sent anew to a runner that does not answer, such as one that is killed, in milliseconds. */
  readonly unansweredWait: number;
  /** Aborts when the server stops: what has not been sent is left for the next. */
  readonly stop: AbortSignal;
}

/** Brings turns to runners. */
export interface TurnDispatch {
  /** Begins to send a turn whose row is claimed by this process, until a runner has it or it has failed. */
  send(turn: TurnKey): void;
  /** Begins to send the turns that no process is sending: left over from a stop or a crash. */
  sendLeftOver(): Promise<void>;
  /** Resolves when nothing is being sent. */
  settled(): Promise<void>;
}

/** How long a claim to send a turn holds beyond the waiting for a runner, in milliseconds. */
const claimSlack = 45_000;

/** When a claim that is made now ends. */
export function claimUntil(now: Date, runnerWait: number): Date {
  return new Date(now.getTime() + runnerWait + claimSlack);
}

/** A reason that a turn fails for, told to its user. */
class DispatchError extends Error {}

/** Nothing is being sent yet. */
export function createTurnDispatch(options: TurnDispatchOptions): TurnDispatch {
  const { database, events, calls, tokens, vault, github, now, onError, stop } = options;

  const { runnerWait, unansweredWait } = options;

  type Loaded = NonNullable<Awaited<ReturnType<typeof load>>>;

  const load = async (key: TurnKey) => {
    const [row] = await database
      .select({ turn: turns, task: tasks, tenant: tenants, environment: environments })
      .from(turns)
      .innerJoin(tasks, and(eq(tasks.tenantId, turns.tenantId), eq(tasks.id, turns.taskId)))
      .innerJoin(tenants, eq(tenants.id, turns.tenantId))
      .leftJoin(
        environments,
        and(
          eq(environments.tenantId, turns.tenantId),
          eq(environments.id, tasks.environmentId),
          eq(environments.deleted, false),
        ),
      )
      .where(isTurn(key));
    return row;
  };

  /** What the job gets of GitHub: a token and what reviewers said, or the id of a connection that its runner knows. */
  const githubPart = async (tenantId: string, connectionId: string | null, { task, turn }: Loaded) => {
    const access = accessOf(await findConnection(database, tenantId, connectionId), { vault, now: now() });
    const nothing = { GithubToken: null, GithubURL: null, PrivateGithubConnectionID: null, FeedBack: null };
    if (access.kind === "runner") return { ...nothing, PrivateGithubConnectionID: access.connectionId };
    if (access.kind === "none") {
      if (access.isExpired) throw new DispatchError(access.reason);
      return nothing;
    }
    const { token } = access;
    // What is said about a pull request can only follow the turn that made it.
    const FeedBack =
      turn.index === 1
        ? null
        : await reviewFeedback(github.as(token), task.repositories, stop).catch((error: unknown) => {
            throw error instanceof GithubError
              ? new DispatchError(`the feedback on the pull requests cannot be fetched: ${error.message}`)
              : error;
          });
    return { ...nothing, GithubToken: token, GithubURL: github.ownUrl, FeedBack };
  };

  /** Holds the claim on; false if the turn has ended meanwhile, or a runner has reported on it. */
  const renewClaim = async (key: TurnKey): Promise<boolean> => {
    const still = await database
      .update(turns)
      .set({ dispatchAt: claimUntil(now(), runnerWait) })
      .where(and(isTurn(key), eq(turns.status, turnStatuses.pending)))
      .returning({ index: turns.index });
    return still.length > 0;
  };

  /**
   * The runner's answer; undefined if the turn needs none any more. A runner that was killed between taking a turn
   * and answering knows nothing of it: whoever has not reported on it is asked again.
   */
  const callUntilTaken = async (
    key: TurnKey,
    runner: RunnerKey,
    request: Parameters<typeof calls.call<"InvokeAgentRequest">>[1],
  ) => {
    const start = now().getTime();
    let limit = runnerWait;
    while (await renewClaim(key)) {
      const news = listen(events, [topics.runner(runner.tenantId, runner.runnerId)]);
      try {
        return await calls.call<"InvokeAgentRequest">(runner, request);
      } catch (error) {
        if (!(error instanceof Failure) || stop.aborted) throw error;
        const isUnanswered = error.errorType === errorTypes.runnerTimeout;
        if (!isUnanswered && error.errorType !== errorTypes.noHealthyRunner) throw error;
        if (isUnanswered) limit = Math.max(limit, unansweredWait);
        if (now().getTime() >= start + limit) throw error;
        if (!isUnanswered) await news.within(1_000, stop);
      } finally {
        news.stop();
      }
    }
    return undefined;
  };

  const invoke = async (key: TurnKey): Promise<void> => {
    const row = await load(key);
    // One that was reported on has got to its runner, although the claim of whoever sent it was left behind.
    if (!row || row.turn.status !== turnStatuses.pending) return;
    const { environment, tenant } = row;
    if (!environment) throw new DispatchError("the task's environment is gone");
    const runnerId = orDefault(environment.runnerId, tenant.defaultRunnerId);
    if (runnerId === null) {
      throw new DispatchError("no runner: neither the environment names one nor has the tenant a default");
    }
    const connectionId = orDefault(environment.githubConnectionId, tenant.defaultGithubConnectionId);
    const answer = await callUntilTaken(
      key,
      { tenantId: key.tenantId, runnerId },
      {
        Type: "InvokeAgentRequest",
        Task: toTask(row.task, row.turn),
        Turn: toTurn(row.turn),
        Environment: toEnvironment(environment, vault.variablesOf(environment)),
        ...(await githubPart(key.tenantId, connectionId, row)),
        AgentToken: await tokens.issueAgentToken({ ...key, turnIndex: key.index }),
      },
    );
    const ErrorMessage = answer?.ErrorMessage;
    // A runner that has the job already got it from an attempt whose answer was lost.
    if (ErrorMessage && ErrorMessage !== "job already running") throw new DispatchError(ErrorMessage);
  };

  const send = async (key: TurnKey): Promise<void> => {
    try {
      await invoke(key);
    } catch (error) {
      if (stop.aborted) {
        // The next process need not wait until the claim ends.
        await database
          .update(turns)
          .set({ dispatchAt: now() })
          .where(and(isTurn(key), isNotNull(turns.dispatchAt)));
        return;
      }
      const [row] = await database.select({ status: turns.status }).from(turns).where(isTurn(key));
      // A runner that reports on the turn has it, even if its answer got lost.
      if (row?.status === turnStatuses.pending) {
        const isExpected = error instanceof DispatchError || error instanceof Failure;
        if (!isExpected) onError(error);
        const reason = isExpected ? error.message : "an internal error of the server; its log says more";
        await failTurn({ database, events, now }, key, reason);
      }
    }
    await database.update(turns).set({ dispatchAt: null }).where(isTurn(key));
    await database
      .update(tasks)
      .set({ state: taskStates.executing, version: sql`${tasks.version} + 1`, updatedAt: now() })
      .where(
        and(
          eq(tasks.tenantId, key.tenantId),
          eq(tasks.id, key.taskId),
          eq(tasks.state, taskStates.pending),
          sql`exists (select 1 from ${turns} where ${isTurn(key)} and not ${turns.isTerminal})`,
        ),
      );
  };

  const sending = new Set<Promise<void>>();
  const begin = (key: TurnKey) => {
    const done = send(key)
      .catch(onError)
      .finally(() => sending.delete(done));
    sending.add(done);
  };

  return {
    send: begin,
    sendLeftOver: async () => {
      const time = now();
      const left = await database
        .update(turns)
        .set({ dispatchAt: claimUntil(time, runnerWait) })
        .where(and(isNotNull(turns.dispatchAt), lte(turns.dispatchAt, time)))
        .returning({ tenantId: turns.tenantId, taskId: turns.taskId, index: turns.index });
      for (const key of left) begin(key);
    },
    settled: async () => {
      while (sending.size > 0) await Promise.all(sending);
    },
  };
}

/** Lets go of all claims to send turns. Only for a process that has the database to itself. */
export async function releaseClaims(database: Database, now: Date): Promise<void> {
  await database.update(turns).set({ dispatchAt: now }).where(isNotNull(turns.dispatchAt));
}
