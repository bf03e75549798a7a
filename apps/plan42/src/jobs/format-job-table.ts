import { oneLine } from "@plano/terminal";
import stringWidth from "string-width";
import { formatTime } from "../format-time.ts";
import type { ListedJob } from "./merge-jobs.ts";

const gap = " ".repeat(5);

/** Lines of the table of jobs, the header first. Columns are as wide as their widest cell is on a terminal. */
export function formatJobTable(
  jobs: readonly ListedJob[],
  dressHeader: (text: string) => string,
): readonly string[] {
  const rows = [
    ["Job ID", "Title", "Turn Index", "Running?", "Created"],
    ...jobs.map((job) => [
      job.jobId,
      oneLine(job.title ?? ""),
      String(job.turnIndex),
      String(job.step === "running"),
      formatTime(job.createdAt),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - stringWidth(cell)))
      .join(gap)
      .trimEnd(),
  );
  return lines.map((line, index) => (index === 0 ? dressHeader(line) : line));
}
