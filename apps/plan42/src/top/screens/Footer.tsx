import { findJob } from "../describe.ts";
import type { TopState } from "../state.ts";
import { Line } from "./Line.tsx";

/** The last two lines: a question, a notice or which job it is, and the keys. */
export function Footer({ state, keys }: { readonly state: TopState; readonly keys: string }) {
  const { asked, notice, sample, chosen, log } = state;
  if (asked !== undefined) {
    return (
      <>
        <Line tone="warning" isBold text={`Kill ${asked}?`} />
        <Line tone="warning" isBold text="y kills it and fails its turn · any other key lets it go on" />
      </>
    );
  }
  const job = findJob(sample, log?.jobId ?? chosen);
  return (
    <>
      {notice === undefined ? (
        <Line tone="other" text={job === undefined ? "" : `${job.jobId} · ${job.image}`} />
      ) : (
        <Line tone={notice.isError ? "error" : "good"} text={notice.text} />
      )}
      <Line tone="other" text={keys} />
    </>
  );
}
