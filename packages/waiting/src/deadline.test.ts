import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withDeadline } from "./deadline.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

test("work that takes too long is told to end", async () => {
  const result = withDeadline(5_000, untilAborted);
  const ended = expect(result).rejects.toMatchObject({
    name: "TimeoutError",
    message: "it took longer than 5 s",
  });
  await vi.advanceTimersByTimeAsync(5_000);
  await ended;
});

test("the outer signal ends it too, with its own reason", async () => {
  const outer = new AbortController();
  const result = withDeadline(5_000, untilAborted, outer.signal);
  outer.abort("enough");
  await expect(result).rejects.toBe("enough");
  await expect(withDeadline(5_000, async ({ reason }) => reason, outer.signal)).resolves.toBe("enough");
});

test("nothing is left when the work is over", async () => {
  const outer = new AbortController();
  expect(await withDeadline(5_000, async () => 1, outer.signal)).toBe(1);
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(outer.signal, "abort")).toEqual([]);
});
