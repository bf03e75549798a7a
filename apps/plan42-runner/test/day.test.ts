import { afterEach, expect, test, vi } from "vitest";
import { beginDay } from "./day.ts";
import { runVirtually } from "./virtual-time.ts";

vi.mock("node:fs/promises", async (original) =>
  (await import("./virtual-time.ts")).observeFiles(await original()),
);

const seed = Number(process.env.PLAN42_DAY_SEED ?? 42);
const hours = Number(process.env.PLAN42_DAY_HOURS ?? 24);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test(`${hours} hours of jobs and faults leave nothing behind and nothing stuck`, {
  timeout: 900_000,
}, async () => {
  const day = await beginDay(seed, hours);
  try {
    await runVirtually(day.live);
    expect(vi.getTimerCount(), "timers that are left").toBe(0);
    if (process.env.PLAN42_DAY_SEED !== undefined) console.log(day.summary());
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`PLAN42_DAY_SEED=${seed} PLAN42_DAY_HOURS=${hours}: ${reason}\n${day.story()}`);
  } finally {
    vi.useRealTimers();
    await day.close();
  }
});
