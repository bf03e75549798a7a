import { expect, test } from "vitest";
import { jobIds, sampleOf } from "../../test/top-sample.ts";
import { update } from "./model.ts";
import { usageOf } from "./sampler.ts";
import { type Action, type Effect, type Key, openTop, type TopState } from "./state.ts";

const [first, second, third] = jobIds;

/** The state after some keys and other actions, and all effects on the way. */
function after(state: TopState, ...steps: readonly (Key | Action)[]) {
  const effects: Effect[] = [];
  let now = state;
  for (const step of steps) {
    const [next, more] = update(now, typeof step === "string" ? { type: "key", key: step } : step);
    now = next;
    effects.push(...more);
  }
  return { state: now, effects };
}

test("a job is chosen, and stays so while others come and go", () => {
  const opened = openTop(sampleOf(jobIds));
  expect(opened.chosen).toBe(first);
  expect(after(opened, "down", "down", "down").state.chosen).toBe(third);
  expect(after(opened, "end", "up", "page-up").state.chosen).toBe(first);
  const chosen = after(opened, "down").state;
  const sampled = (...ids: readonly string[]): Action => ({ type: "sampled", sample: sampleOf(ids) });
  expect(after(chosen, sampled(second, third)).state.chosen).toBe(second);
  // The one in its place, or the last.
  expect(after(chosen, sampled(first, third)).state.chosen).toBe(third);
  expect(after(chosen, sampled(first)).state.chosen).toBe(first);
  expect(after(chosen, sampled()).state.chosen).toBeUndefined();
  expect(after(chosen, sampled(), sampled(first)).state.chosen).toBe(first);
});

test("a job is killed after a question, once", () => {
  const opened = openTop(sampleOf(jobIds));
  const asked = after(opened, "down", "kill");
  expect(asked).toMatchObject({ state: { asked: second }, effects: [] });
  expect(after(asked.state, "yes", "yes").effects).toEqual([{ type: "kill", jobId: second }]);
  for (const key of ["other", "kill", "log", "back", "help"] as const) {
    expect(after(asked.state, key), key).toMatchObject({ state: { asked: undefined }, effects: [] });
  }
  const ended = after(asked.state, { type: "sampled", sample: sampleOf([first]) }, "yes");
  expect(ended.effects).toEqual([]);
  const told = after(asked.state, "yes", { type: "killed", jobId: second, isThere: true }).state;
  expect(told.notice?.text).toBe(`${second} is killed, and its turn fails`);
  expect(after(told, "up").state.notice).toBeUndefined();
  expect(after(openTop(sampleOf([])), "kill", "yes").effects).toEqual([]);
});

test("a log is followed, gone back in, and left", () => {
  const opened = after(openTop(sampleOf(jobIds)), "log");
  expect(opened.effects).toEqual([{ type: "follow-log", jobId: first }]);
  const text = (words: string, jobId: string = first): Action => ({ type: "log-text", jobId, text: words });
  const some = after(
    opened.state,
    text("one\ntw"),
    text("o\n\u001b[31mthr\u001b[2Jee\tx\u0007\n"),
    text("late\n", second),
  );
  expect(some.state.log).toMatchObject({ lines: ["one", "two", "three    x␇"], rest: "", below: 0 });
  const back = after(some.state, "up", text("four\nfive\n"));
  expect(back.state.log?.below).toBe(3);
  expect(after(back.state, "home").state.log?.below).toBe(4);
  expect(after(back.state, "down", "end").state.log?.below).toBe(0);
  expect(after(back.state, "kill", "yes", "back", "back").effects).toEqual([
    { type: "kill", jobId: first },
    { type: "leave-log" },
    { type: "quit" },
  ]);
});

test("of a log as long as it may be only the end is kept", () => {
  const { state } = after(openTop(sampleOf(jobIds)), "log");
  const long = after(
    state,
    { type: "log-text", jobId: first, text: "x".repeat(100_000) },
    { type: "log-text", jobId: first, text: `\n${"y\n".repeat(5_000)}` },
  ).state.log;
  expect(long?.lines).toHaveLength(1_000);
  const rest = after(state, { type: "log-text", jobId: first, text: "x".repeat(100_000) }).state.log?.rest;
  expect(rest).toHaveLength(2_000);
});

test("help is shown above everything, and ctrl+c and ctrl+z leave from anywhere", () => {
  const opened = openTop(sampleOf(jobIds));
  const help = after(opened, "help").state;
  expect(help.helpLine).toBe(0);
  expect(after(help, "down", "up", "up", "down").state.helpLine).toBe(1);
  expect(after(help, "end").state.helpLine).toBe(8);
  expect(after(help, "kill").state).toMatchObject({ helpLine: undefined, asked: undefined });
  for (const state of [opened, help, after(opened, "log").state, after(opened, "kill").state]) {
    expect(after(state, "quit").effects).toEqual([{ type: "quit" }]);
    expect(after(state, "suspend").effects).toEqual([{ type: "suspend" }]);
  }
});

test("how busy a job is comes from two readings of the same run", () => {
  const reading = (at: number, processorSeconds: number, jobId: string = first) => ({
    at,
    jobs: [{ jobId, processorSeconds, memoryBytes: 10 }],
  });
  const job = { jobId: first };
  expect(usageOf(job, reading(5_000, 3), reading(3_000, 2))).toEqual({ processors: 0.5, memoryBytes: 10 });
  const unknown = { processors: null, memoryBytes: 10 };
  expect(usageOf(job, reading(5_000, 3), undefined)).toEqual(unknown);
  expect(usageOf(job, reading(5_000, 3), reading(3_000, 2, second))).toEqual(unknown);
  expect(usageOf(job, reading(5_000, 1), reading(3_000, 2))).toEqual(unknown);
  expect(usageOf(job, reading(5_000, 1), reading(5_000, 1))).toEqual(unknown);
  expect(usageOf(job, reading(5_000, 3, second), undefined)).toEqual({ processors: null, memoryBytes: null });
});
