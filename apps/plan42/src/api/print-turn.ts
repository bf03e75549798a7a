import { type Turn, turnStatuses } from "@plano/protocol";
import { oneLine, showControls, type Terminal } from "@plano/terminal";

/** Whether a turn that has ended has failed. */
export function hasFailed({ Status }: Turn): boolean {
  return Status === turnStatuses.failed;
}

/** Says on stderr how a turn has ended, so that stdout holds its log alone. */
export function printEnd(turn: Turn, { errorLine, errorStyle }: Terminal): void {
  const mark = hasFailed(turn) ? errorStyle.red("✗") : errorStyle.green("✓");
  errorLine(`${mark} turn ${turn.TurnIndex}: ${oneLine(turn.Status)}`);
  const text = hasFailed(turn) ? turn.ErrorMessage : turn.OutputMessage;
  for (const line of text?.split("\n") ?? []) errorLine(`  ${showControls(line)}`);
}

/** Says on stderr that a turn which is no longer followed goes on, and what can be done about it. */
export function printLeft(taskId: string, { errorLine }: Terminal): void {
  errorLine(
    `The turn goes on: plan42 task logs -f ${taskId} follows it, plan42 task cancel ${taskId} ends it.`,
  );
}
