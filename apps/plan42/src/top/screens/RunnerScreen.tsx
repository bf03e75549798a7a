import type { RunnerStatus } from "@plano/runner-home";
import { moreText, visibleRange } from "@plano/screen";
import { formatTable } from "@plano/terminal";
import { Box } from "ink";
import { runnerNotices } from "../../jobs/runner-notices.ts";
import {
  describeCapacity,
  describeProcess,
  describeServer,
  jobCells,
  jobHeader,
  queueCells,
} from "../describe.ts";
import type { TopSample } from "../sample.ts";
import type { TopState } from "../state.ts";
import { Footer } from "./Footer.tsx";
import { Line } from "./Line.tsx";

const keys = "↑↓ choose · enter log · k kill · q leave · ? keys";

/** The runner with its queues and its jobs, as many as fit around the one that is chosen. */
export function RunnerScreen({ state, rows }: { readonly state: TopState; readonly rows: number }) {
  const { sample } = state;
  return (
    <>
      {sample === undefined ? (
        <>
          <Line isBold text="# Plan42 Runner" />
          <Line tone="error" text="● The runner is not running. This goes on when it is started again." />
        </>
      ) : (
        <Runner sample={sample} chosen={state.chosen} rows={rows - 2} />
      )}
      <Box flexGrow={1} />
      <Footer state={state} keys={keys} />
    </>
  );
}

interface RunnerProps {
  readonly sample: TopSample;
  readonly chosen: string | undefined;
  /** How many lines there are for it. */
  readonly rows: number;
}

function Runner({ sample, chosen, rows }: RunnerProps) {
  const { status, at, jobs } = sample;
  const isLow = rows < 14;
  const notices = noticeLines(status, isLow);
  const most = isLow ? 1 - notices.length : 5;
  const queues = shorten(formatTable(status.queues.map((queue) => queueCells(queue, at))), most);
  const above = 2 + notices.length + queues.length + (isLow ? 0 : 2) + 2;
  const [header = "", ...lines] = formatTable([jobHeader, ...jobs.map((job) => jobCells(job, at))]);
  const place = jobs.findIndex(({ jobId }) => jobId === chosen);
  const { start, end } = visibleRange(jobs.length, rows - above, [Math.max(0, place)]);
  const isWell = status.server === "ok" && !status.draining;
  const state = status.draining ? "stopping, its jobs may finish" : describeServer(status);
  return (
    <>
      <Line isBold text={`# Plan42 Runner: ${describeProcess(status, at)}`} />
      <Line tone={isWell ? "good" : "warning"} text={`● ${state} · ${status.runtime} · ${status.url}`} />
      {notices.map((text) => (
        <Line key={text} tone="warning" text={text} />
      ))}
      {isLow ? null : <Line text="" />}
      {queues.map((text) => (
        <Line key={text} text={`  queue ${text}`} />
      ))}
      {isLow ? null : <Line text="" />}
      <Line
        isBold
        text={[`Jobs: ${describeCapacity(status.capacity)}`, moreText(start, jobs.length - end)].join("  ")}
      />
      {jobs.length === 0 ? <Line tone="other" text="  none" /> : <Line tone="other" text={`  ${header}`} />}
      {jobs.slice(start, end).map(({ jobId }, index) => {
        const isChosen = jobId === chosen;
        const text = `${isChosen ? "›" : " "} ${lines[start + index] ?? ""}`;
        return <Line key={jobId} text={text} isBold={isChosen} {...(isChosen && { tone: "selected" })} />;
      })}
    </>
  );
}

/** What the user has to act on; in a low window one line. */
function noticeLines(status: RunnerStatus, isLow: boolean): readonly string[] {
  const notices = runnerNotices(status);
  if (!isLow) return notices.flatMap(({ text, mend }) => [`! ${text}`, `  ${mend}`]);
  return notices.length === 0 ? [] : [`! ${notices.map(({ text }) => text).join(" · ")}`];
}

function shorten(lines: readonly string[], most: number): readonly string[] {
  if (most === 0) return [];
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
}
