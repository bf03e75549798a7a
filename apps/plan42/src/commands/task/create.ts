import { randomUUID } from "node:crypto";
import { UsageError } from "@plano/errors";
import type { RepositoryInfoMap } from "@plano/protocol";
import { findEnvironment } from "../../api/find.ts";
import { followTurn } from "../../api/follow-turn.ts";
import { listEnvironments } from "../../api/lists.ts";
import { type Api, withApi } from "../../api/open-api.ts";
import { entryPrinter } from "../../api/print-entry.ts";
import { hasFailed, printEnd, printLeft } from "../../api/print-turn.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { untilInterrupted } from "../../api/until-interrupted.ts";
import { warnUnreachable } from "../../api/warn-unreachable.ts";
import { collectAll } from "../../collect-all.ts";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../exit-codes.ts";

export interface CreateTaskOptions extends ServerFlags {
  /** `-` reads it from standard input. */
  readonly prompt: string;
  readonly title?: string;
  /** Name or id; the only one there is may go unnamed. */
  readonly environment?: string;
  readonly model?: string;
  /** `org/repo:target-branch:feature-branch` each; branches may be left out. */
  readonly repo: readonly string[];
  /** Show the log until the turn has ended; fail if it fails. */
  readonly follow: boolean;
  /** With `follow` one JSON object a line: the task, then the entries of the log. */
  readonly json: boolean;
}

const longestTitle = 80;

/** Creates a task, which goes to a runner at once. */
export async function run(options: CreateTaskOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const prompt = options.prompt === "-" ? await readAll(context) : options.prompt;
  if (prompt.trim() === "")
    throw new UsageError("the prompt is empty", {
      hint: "It is the argument; - reads it from standard input.",
    });
  const repositories = readRepositories(options.repo);
  return withApi(options, context, async (api) => {
    await warnUnreachable(api, terminal);
    const task = await api.client.call("createTask", {
      path: { tenantId: api.tenantId, taskId: randomUUID() },
      body: {
        Title: options.title ?? titleOf(prompt),
        EnvironmentId: await chooseEnvironment(api, options.environment),
        Prompt: prompt,
        Model: options.model,
        RepoInfo: repositories,
      },
    });
    if (options.json && options.follow) terminal.raw(`${JSON.stringify(task)}\n`);
    else if (options.json) terminal.json(task);
    else if (options.follow) terminal.errorLine(`task ${task.TaskId}`);
    else {
      terminal.success(`task created: ${task.TaskId}`);
      terminal.line(`  next: plan42 task logs -f ${task.TaskId}`);
    }
    if (!options.follow) return 0;
    const print = entryPrinter(context, { timestamps: false, json: options.json });
    const choice = { taskId: task.TaskId, turnIndex: 1 };
    const turn = await untilInterrupted(context, (signal) => followTurn(api, choice, print, signal));
    if (turn === undefined) {
      printLeft(task.TaskId, terminal);
      return exitCodes.interrupted;
    }
    printEnd(turn, terminal);
    return hasFailed(turn) ? exitCodes.failure : exitCodes.success;
  });
}

async function chooseEnvironment(api: Api, written: string | undefined): Promise<string> {
  if (written !== undefined) return findEnvironment(api, written);
  const [only, another] = await listEnvironments(api);
  if (only !== undefined && another === undefined) return only.EnvironmentId;
  throw new UsageError(only === undefined ? "there is no environment yet" : "which environment?", {
    hint:
      only === undefined
        ? "plan42 environment create NAME --image IMAGE makes one."
        : "Name it with --environment; plan42 environment list shows them.",
  });
}

function titleOf(prompt: string): string {
  const line = prompt.trim().split("\n", 1)[0] ?? "";
  return line.length <= longestTitle ? line : `${line.slice(0, longestTitle - 1).trimEnd()}…`;
}

function readRepositories(written: readonly string[]): RepositoryInfoMap {
  const entries = written.map((text) => {
    const [, name, target = "", feature = ""] =
      /^([\w.-]+\/[\w.-]+)(?::([^:\s]*))?(?::([^:\s]*))?$/.exec(text) ?? [];
    if (name === undefined) throw new UsageError(`--repo takes org/repo[:TARGET[:FEATURE]], not ${text}`);
    return [name, { TargetBranch: target, FeatureBranch: feature }] as const;
  });
  return Object.fromEntries(entries);
}

async function readAll({ input }: Context): Promise<string> {
  const lines = await collectAll(input.lines());
  return lines.join("\n");
}
