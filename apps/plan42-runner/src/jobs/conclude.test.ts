import { expect, test } from "vitest";
import { describeFailure, type JobEnd, limitText } from "./conclude.ts";

const end: JobEnd = {
  exit: { exitCode: 3, outOfMemory: false },
  stopReason: undefined,
  memory: 8 * 2 ** 30,
  lastLines: ["first", "[plan42-runner] note", "last"],
};

test.each<[string, Partial<JobEnd>, string]>([
  ["a code", {}, "agent exited with code 3\nfirst\nlast"],
  ["no output", { lastLines: [] }, "agent exited with code 3"],
  [
    "memory",
    { exit: { exitCode: 137, outOfMemory: true }, lastLines: [] },
    "the agent was killed: out of memory (limit 8.0 GiB, exit code 137)",
  ],
  [
    "little memory",
    { exit: { exitCode: 137, outOfMemory: true }, lastLines: [], memory: 256 * 2 ** 20 },
    "the agent was killed: out of memory (limit 256 MiB, exit code 137)",
  ],
  [
    "silence",
    { exit: { exitCode: 0, outOfMemory: false }, lastLines: [] },
    "agent exited without reporting a result",
  ],
  [
    "an unknown end",
    { exit: { exitCode: undefined, outOfMemory: false }, lastLines: [] },
    "agent ended, and its exit code could not be learnt",
  ],
  ["loss", { exit: "lost", lastLines: [] }, "the agent's container has disappeared"],
  ["a reason of the runner's", { stopReason: "timed out after 6h" }, "timed out after 6h\nfirst\nlast"],
])("the failure tells of %s", (_, change, text) => {
  expect(describeFailure({ ...end, ...change })).toBe(text);
});

test("a long text keeps its beginning and its end, and whole characters", () => {
  const text = limitText(`begin ${"é".repeat(20_000)} end`);
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(8192);
  expect(text).toMatch(/^begin é+\n\[…\]\né+ end$/);
});
