import { UsageError } from "@plano/errors";
import { type JobTurn, parseJobId } from "@plano/runtime";

/** Takes a job id apart. Throws a UsageError for anything else, so that no other text becomes a path or a name. */
export function checkJobId(written: string): JobTurn {
  const turn = parseJobId(written);
  if (turn !== undefined) return turn;
  throw new UsageError(`invalid job id: ${written}`, {
    hint: "It is like plan42-1f0c…-1: plan42 runner job list --all shows them.",
  });
}
