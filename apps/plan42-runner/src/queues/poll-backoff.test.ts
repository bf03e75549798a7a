import { ApiError } from "@plano/client";
import { expect, test } from "vitest";
import { createPollBackoff } from "./poll-backoff.ts";

function waits(error: unknown): number[] {
  const backoff = createPollBackoff();
  return Array.from({ length: 50 }, () => backoff.failed(error));
}

test("a refused token is left alone for seconds at least, and for five minutes at most", () => {
  for (const status of [401, 403]) {
    const all = waits(new ApiError("getMessagesBatch", status, undefined, undefined));
    expect(Math.min(...all)).toBeGreaterThanOrEqual(2_500);
    expect(all[0]).toBeLessThanOrEqual(7_500);
    expect(Math.max(...all)).toBeLessThanOrEqual(300_000);
  }
});

test("other failures are soon tried again, and every half minute in the end", () => {
  const all = waits(new ApiError("getMessagesBatch", 503, undefined, undefined));
  expect(all[0]).toBeLessThanOrEqual(250);
  expect(Math.max(...all)).toBeLessThanOrEqual(30_000);
});
