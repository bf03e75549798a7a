import { expect, test } from "vitest";
import { Failure } from "../http/failure.ts";
import { createRateLimit } from "./rate-limit.ts";

function attempts(limit: ReturnType<typeof createRateLimit>, key: string, count: number): number {
  let taken = 0;
  for (let attempt = 0; attempt < count; attempt += 1) {
    try {
      limit.take(key);
      taken += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(Failure);
      expect(error).toMatchObject({ status: 429, details: { retryAfter: 1 } });
    }
  }
  return taken;
}

test("a key has a burst, then its rate; keys do not disturb one another", () => {
  let time = 0;
  const limit = createRateLimit(10, () => time);
  expect(attempts(limit, "a", 50)).toBe(20);
  expect(attempts(limit, "b", 5)).toBe(5);
  time += 500;
  expect(attempts(limit, "a", 50)).toBe(5);
  time += 60_000;
  expect(attempts(limit, "a", 50)).toBe(20);
});

test("0 is no limit", () => {
  expect(
    attempts(
      createRateLimit(0, () => 0),
      "a",
      1_000,
    ),
  ).toBe(1_000);
});
