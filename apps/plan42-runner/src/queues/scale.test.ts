import { expect, test } from "vitest";
import { createLoadMeter, decideScale, type ScaleFacts } from "./scale.ts";

const minute = 60_000;
const now = 10 * minute;
const facts: ScaleFacts = {
  expected: 2,
  actual: 2,
  maximum: 16,
  windowStart: now - minute,
  lastEvent: now - minute,
  load: 0.9,
};
const twoMinutes = { windowStart: now - 2 * minute, lastEvent: now - 2 * minute };

test.each<[string, Partial<ScaleFacts>, object]>([
  ["a busy minute doubles the queues", {}, { action: "add", count: 2 }],
  ["up to the maximum", { maximum: 3 }, { action: "add", count: 1 }],
  ["and not beyond", { maximum: 2 }, { action: "reset" }],
  ["80 % is busy", { load: 0.8 }, { action: "add", count: 2 }],
  ["a queue that is still to come is waited for", { actual: 1 }, { action: "wait" }],
  ["less than a minute is not enough", { windowStart: now - minute + 1 }, { action: "wait" }],
  ["nor less than a minute since the last change", { lastEvent: now - minute + 1 }, { action: "wait" }],
  ["without polls there is nothing to judge", { load: undefined }, { action: "wait" }],
  ["an idle minute is not enough", { load: 0.1 }, { action: "wait" }],
  ["two idle minutes take one queue away", { load: 0.4, ...twoMinutes }, { action: "remove" }],
  ["but not the last one", { load: 0, expected: 1, actual: 1, ...twoMinutes }, { action: "reset" }],
  [
    "a change in between begins anew",
    { load: 0, ...twoMinutes, lastEvent: now - minute },
    { action: "reset" },
  ],
  ["in between nothing changes", { load: 0.5, ...twoMinutes }, { action: "reset" }],
])("%s", (_, change, decision) => {
  expect(decideScale({ ...facts, ...change }, now)).toEqual(decision);
});

test("an idle poll of half a minute outweighs a full batch that came at once", () => {
  const meter = createLoadMeter();
  expect(meter.load()).toBeUndefined();
  meter.polled(0, 1);
  meter.polled(30_000, 0);
  expect(meter.load()).toBeLessThan(0.001);
  meter.reset();
  meter.polled(500, 1);
  meter.polled(500, 0.5);
  expect(meter.load()).toBe(0.75);
});
