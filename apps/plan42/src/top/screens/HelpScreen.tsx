import { Box } from "ink";
import { Line } from "./Line.tsx";

const keys: readonly (readonly [string, string])[] = [
  ["up, down", "choose a job; move in a log"],
  ["page up, page down", "ten at once"],
  ["home, end (g, G)", "the first, the last; at its end a log goes on by itself"],
  ["enter, l", "follow the job's log"],
  ["k", "kill the job, after a question"],
  ["esc, q", "back, and from the jobs leave"],
  ["ctrl+c", "leave at once"],
  ["ctrl+z", "suspend; fg comes back"],
  ["?", "these keys"],
];

/** All keys. Any key closes it. */
export function HelpScreen({ rows }: { readonly rows: number }) {
  return (
    <>
      <Line text="# Plan42 Runner: keys" isBold />
      {rows < keys.length + 4 ? null : <Line text="" />}
      {keys.slice(0, rows - 2).map(([key, effect]) => (
        <Line key={key} text={`  ${key.padEnd(19)} ${effect}`} />
      ))}
      <Box flexGrow={1} />
      <Line tone="other" text="any key goes back" />
    </>
  );
}
