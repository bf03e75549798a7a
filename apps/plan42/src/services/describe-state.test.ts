import { expect, test } from "vitest";
import { describeEnd, describeState } from "./describe-state.ts";

test.each([
  ["running", null, 0, 0, "running"],
  ["running", null, 0, 1, "running, started again once"],
  ["restarting", 9, null, 2, "being started again, ended by signal 9 (SIGKILL), started again 2 times"],
  ["failed", null, 78, null, "failed, last exit code 78"],
  ["failed", 99, null, 0, "failed, ended by signal 99"],
])("%s, signal %s, code %s, %s restarts", (phase, lastSignal, lastExitCode, restarts, told) => {
  expect(describeState({ phase, lastSignal, lastExitCode, restarts })).toBe(told);
});

test("an end is told by its signal or its code", () => {
  const state = { phase: "failed", pid: undefined, restarts: 0 } as const;
  expect(describeEnd({ ...state, lastExitCode: 78, lastSignal: undefined })).toBe("with exit code 78");
  expect(describeEnd({ ...state, lastExitCode: undefined, lastSignal: 15 })).toBe("by signal 15 (SIGTERM)");
});
