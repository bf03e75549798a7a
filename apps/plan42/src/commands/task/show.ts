import { listItems } from "@plano/client";
import { oneLine, showControls } from "@plano/terminal";
import { findTask } from "../../api/find.ts";
import { withApi } from "../../api/open-api.ts";
import { hasFailed } from "../../api/print-turn.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import { collectAll } from "../../collect-all.ts";
import type { Context } from "../../context.ts";
import { formatTime } from "../../format-time.ts";

export interface ShowTaskOptions extends ServerFlags {
  readonly task: string;
  readonly json: boolean;
}

/** Shows a task with its turns. */
export async function run(options: ShowTaskOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const { style } = terminal;
  const { task, turns } = await withApi(options, context, async (api) => {
    const path = { tenantId: api.tenantId, taskId: await findTask(api, options.task) };
    const query = { includeDeleted: true };
    const [found, all] = await Promise.all([
      api.client.call("getTask", { path, query }),
      collectAll(listItems(api.client, "listTurns", { path, query })),
    ]);
    return { task: found, turns: all };
  });
  if (options.json) {
    terminal.json({ ...task, Turns: turns });
    return 0;
  }
  terminal.heading(oneLine(task.Title));
  terminal.table([
    ["  task", task.TaskId],
    ["  state", task.Deleted ? `${task.State}, deleted` : task.State],
    ["  environment", task.EnvironmentId],
    ...(task.Model === null ? [] : [["  model", oneLine(task.Model)]]),
    ["  created", formatTime(task.CreatedAt)],
    ...Object.entries(task.RepoInfo).map(([name, info]) => [
      `  ${oneLine(name)}`,
      oneLine(info.PRLink ?? info.FeatureBranch),
    ]),
  ]);
  for (const turn of turns) {
    terminal.line();
    const colour = hasFailed(turn) ? style.red : turn.CompletedAt === undefined ? style.yellow : style.green;
    const from = formatTime(turn.CreatedAt);
    const times =
      turn.CompletedAt === undefined ? `since ${from}` : `${from} – ${formatTime(turn.CompletedAt)}`;
    terminal.line(
      `${style.bold(`Turn ${turn.TurnIndex}`)}  ${colour(oneLine(turn.Status))}  ${style.dim(times)}`,
    );
    const texts = [turn.Prompt, turn.OutputMessage, turn.ErrorMessage];
    for (const text of texts) {
      if (!text) continue;
      for (const line of text.split("\n")) terminal.line(`  ${showControls(line)}`);
    }
  }
  return 0;
}
