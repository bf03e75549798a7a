import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPlace, type Place } from "./place.ts";

let place: Place;
beforeEach(() => {
  place = createPlace();
});
afterEach(() => place.clear());

test("a reader that has seen enough is no failure", () => {
  // More than a pipe holds.
  place.write(`[runner]\nurl = "https://x"\n${"# comment\n".repeat(50_000)}`);
  const script = `"$NODE" "$MAIN" -c "$FILE" --print | head -n 1; echo "$\{PIPESTATUS[0]}"`;
  const printed = execFileSync("bash", ["-c", `{ ${script}; } 2>&1`], {
    encoding: "utf8",
    env: {
      ...process.env,
      NODE: process.execPath,
      MAIN: join(import.meta.dirname, "../src/main.ts"),
      FILE: place.file,
    },
  });
  expect(printed).toBe("[runner]\n0\n");
}, 60_000);
