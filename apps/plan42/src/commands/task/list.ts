import { oneLine } from "@plano/terminal";
import { listTasks } from "../../api/lists.ts";
import { withApi } from "../../api/open-api.ts";
import type { ServerFlags } from "../../api/server-choice.ts";
import type { Context } from "../../context.ts";
import { formatTime } from "../../format-time.ts";

export interface ListTasksOptions extends ServerFlags {
  readonly json: boolean;
}

/** Lists the tenant's tasks, newest first. */
export async function run(options: ListTasksOptions, context: Context): Promise<number> {
  const { terminal } = context;
  const tasks = await withApi(options, context, listTasks);
  if (options.json) {
    terminal.json(tasks);
    return 0;
  }
  if (tasks.length === 0) {
    terminal.line("There are no tasks yet; plan42 task create PROMPT makes one.");
    return 0;
  }
  terminal.table([
    ["ID", "STATE", "LAST TURN", "CREATED", "TITLE"].map(terminal.style.bold),
    ...tasks.map((task) => [
      task.TaskId,
      task.State,
      task.LastTurnIndex === undefined ? "" : `${task.LastTurnIndex}: ${oneLine(task.LastTurnStatus ?? "")}`,
      formatTime(task.CreatedAt),
      oneLine(task.Title),
    ]),
  ]);
  return 0;
}
