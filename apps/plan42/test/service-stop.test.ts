import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startFakePlan42 } from "@plano/plan42-testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Context } from "../src/context.ts";
import { createWorkplace, type Workplace } from "./workplace.ts";

let place: Workplace;
beforeEach(() => {
  place = createWorkplace();
});
afterEach(() => place.clear());

/** A service that was enabled with `stopSeconds`, of a configuration with another `shutdown_timeout` by now. */
async function describeService({ stopSeconds = 330, shutdownTimeout = "10m" } = {}): Promise<void> {
  const server = await startFakePlan42();
  await server.close();
  const config = join(place.home, ".config/plan42-runner.toml");
  const unit = join(place.home, ".config/systemd/user/plan42-runner.service");
  mkdirSync(dirname(unit), { recursive: true });
  const text = `[runner]\nurl = "${server.url}"\ntoken = "${server.runnerToken}"\n`;
  writeFileSync(config, `${text}shutdown_timeout = "${shutdownTimeout}"\n`, { mode: 0o600 });
  writeFileSync(
    unit,
    `[Service]\nExecStart=/opt/plan42-runner --config-file ${config}\nTimeoutStopSec=${stopSeconds}\n`,
  );
}

/** A systemd whose service runs until it is stopped, and then was ended as told. */
function systemd({ code, status }: { code: number; status: number }): Context["execute"] {
  let active = "active";
  return async (_, words) => {
    if (words.includes("stop")) active = code === 2 ? "failed" : "inactive";
    const end = active === "active" ? "" : `ExecMainCode=${code}\nExecMainStatus=${status}\n`;
    return { code: 0, stdout: `LoadState=loaded\nActiveState=${active}\n${end}`, stderr: "" };
  };
}

test("a service that gives less time to stop than the configuration asks for is told", async () => {
  await describeService();
  const notice =
    "! the service kills a runner that takes longer to stop than it was enabled with: shutdown_timeout\n" +
    "  plan42 runner enable gives it the time. Jobs go on.\n";
  expect((await place.run(["runner", "status"])).stderr).toContain(notice);
  await describeService({ stopSeconds: 630 });
  expect((await place.run(["runner", "status"])).stderr).not.toContain("gives it the time");
});

test("a runner that was killed in place of stopped is a failure", async () => {
  await describeService();
  const stop = (end: { code: number; status: number }) =>
    place.run(["runner", "stop"], { execute: systemd(end) });
  expect(await stop({ code: 1, status: 0 })).toMatchObject({ code: 0 });
  expect(await stop({ code: 2, status: 9 })).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining(
      "ERROR: systemd has killed the runner after 330 s: its jobs had not ended, and go on\n",
    ),
  });
});
