import { Box } from "ink";
import { findJob } from "../describe.ts";
import type { OpenLog, TopState } from "../state.ts";
import { Footer } from "./Footer.tsx";
import { Line } from "./Line.tsx";

interface LogScreenProps {
  readonly state: TopState;
  readonly log: OpenLog;
  readonly rows: number;
}

/** The end of a job's log, or the part of it that the user has gone back to. */
export function LogScreen({ state, log, rows }: LogScreenProps) {
  const height = rows - 3;
  const { below, rest } = log;
  const lines = rest === "" ? log.lines : [...log.lines, rest];
  const end = Math.max(Math.min(height, lines.length), lines.length - below);
  const start = Math.max(0, end - height);
  const step = findJob(state.sample, log.jobId)?.step ?? "ended";
  const keys = "↑↓ move · end goes along · k kill · esc back · ? keys";
  return (
    <>
      <Line isBold text={`# ${log.jobId} (${step})`} />
      <Box flexDirection="column" height={height}>
        {lines.length === 0 ? <Line tone="other" text="It has written nothing yet." /> : null}
        {lines.slice(start, end).map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines are told apart by their place alone
          <Line key={start + index} text={line} />
        ))}
      </Box>
      <Footer state={state} keys={below === 0 ? keys : `↓ ${below} more · ${keys}`} />
    </>
  );
}
