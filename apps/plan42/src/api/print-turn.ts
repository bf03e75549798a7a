import { type Turn, turnStatuses } from "@plano/protocol";
import type { Terminal } from "@plano/terminal";

/** Whether a turn that has ended has failed. */
export function hasFailed({ Status }: Turn): boolean {
  return Status === turnStatuses.failed;
}

/** Says on stderr how a turn has ended, so that stdout holds its log alone. */
export function printEnd(turn: Turn, { errorLine, errorStyle }: Terminal): void {
  const mark = hasFailed(turn) ? errorStyle.red("✗") : errorStyle.green("✓");
  errorLine(`${mark} turn ${turn.TurnIndex}: ${turn.Status}`);
  const text = hasFailed(turn) ? turn.ErrorMessage : turn.OutputMessage;
  for (const line of text?.split("\n") ?? []) errorLine(`  ${line}`);
}
