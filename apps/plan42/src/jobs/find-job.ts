import { AppError, UsageError } from "@plano/errors";
import { parseJobId } from "@plano/runtime";

/** Of the task's id, as for everything that is called by a beginning. */
const beginning = /^[0-9a-f][0-9a-f-]{3,}$/;

/**
 * The id of a job that is called by it, or by a beginning of it or of its task, as `top` shows that; then the known
 * ones are asked for. Throws a UsageError for anything else, so that no other text becomes a path or a name, and an
 * AppError if not exactly one fits.
 */
export async function findJob(written: string, knownIds: () => Promise<readonly string[]>): Promise<string> {
  if (parseJobId(written) !== undefined) return written;
  const begun = written.toLowerCase().replace(/^plan42-/, "");
  if (!beginning.test(begun)) {
    throw new UsageError(`invalid job id: ${written}`, {
      hint: "It is like plan42-1f0c…-1, or the beginning of one, with 4 characters of the task's id or more: plan42 runner job list --all shows them.",
    });
  }
  const fitting = [...new Set(await knownIds())].filter((id) => id.startsWith(`plan42-${begun}`));
  const [found, another] = fitting.includes(`plan42-${begun}`) ? [`plan42-${begun}`] : fitting;
  if (found === undefined) {
    throw new AppError(`no job here begins with ${written}`, {
      code: "no-such-job",
      hint: "plan42 runner job list --all shows the jobs of this machine.",
    });
  }
  if (another !== undefined) {
    throw new AppError(`more than one job fits ${written}`, {
      code: "ambiguous",
      hint: fitting.slice(0, 5).join("\n"),
    });
  }
  return found;
}
