import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, join } from "node:path";
import { fakeToken } from "@plano/plan42-testkit";
import type { RunnerStatus, RunnerUsage } from "@plano/runner-home";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hindered, jobIds, sampleOf } from "./top-sample.ts";
import { createWorkplace, type Workplace } from "./workplace.ts";

const [jobId] = jobIds;
const state = ".local/state/plan42-runner";
let place: Workplace;
let daemon: Server | undefined;

beforeEach(() => {
  place = createWorkplace();
});
afterEach(async () => {
  daemon?.closeAllConnections();
  await new Promise((resolve) => (daemon === undefined ? resolve(undefined) : daemon.close(resolve)));
  daemon = undefined;
  place.clear();
});

/** A daemon's control socket with two jobs. Each time it is asked, the first has been busy for a second more. */
async function startDaemon(
  answers: { readonly usage: boolean },
  told: Partial<RunnerStatus> = {},
): Promise<void> {
  let seconds = 0;
  const usage = (): RunnerUsage => {
    seconds += 1;
    return { at: seconds * 2_000, jobs: [{ jobId, processorSeconds: seconds, memoryBytes: 3 * 2 ** 20 }] };
  };
  const socket = join(place.home, state, "control.sock");
  mkdirSync(dirname(socket), { recursive: true });
  daemon = createServer((request, response) => {
    const isKnown = request.url === "/status" || (request.url === "/usage" && answers.usage);
    response.writeHead(isKnown ? 200 : 404);
    const status = { ...sampleOf(jobIds.slice(0, 2)).status, ...told };
    response.end(
      JSON.stringify(!isKnown ? { error: "not found" } : request.url === "/usage" ? usage() : status),
    );
  });
  await new Promise<void>((resolve) => daemon?.listen(socket, resolve));
}

function writeLog(text: string): void {
  const folder = join(place.home, state, "jobs");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${jobId}.log`), text);
}

test("without a terminal jobs are told as text, once", async () => {
  await startDaemon({ usage: true });
  writeLog("first\n\u001b[31mthe\u001b[0m\tlast\u0007one\n\n");
  const { code, stdout, stderr } = await place.run(["runner", "top"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(
    /^\d{4}-\d\d-\d\d \S+ {2}The runner is running \(process 4711, version 1\.2\.3, for /,
  );
  expect(stdout).toMatch(/^ {2}0a1b2c3d +polling +last poll .* ago, took 30 s, 1 message$/m);
  expect(stdout).toMatch(/^ {2}1a1b2c3d +registering +no poll was answered yet$/m);
  expect(stdout).toMatch(
    new RegExp(`^ {2}${jobId} +running +0\\.50 CPU +3\\.0 MiB +\\S.* {2}the last one$`, "m"),
  );
  expect(stdout).toMatch(new RegExp(`^ {2}${jobIds[1]} +waiting +– CPU +– +\\S.*$`, "m"));
});

test("as JSON, with what is not known as null", async () => {
  await startDaemon({ usage: true });
  const { code, stdout } = await place.run(["runner", "top", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    at: expect.stringMatching(/^\d{4}-.*Z$/),
    pid: 4711,
    queues: [{ lastPollMilliseconds: 30_012 }, { lastPollMilliseconds: null }],
    jobs: [
      { jobId, processors: 0.5, memoryBytes: 3 * 2 ** 20, lastLine: null },
      { jobId: jobIds[1], processors: null, memoryBytes: null },
    ],
  });
});

test("a runner of an older version is shown without what it cannot tell", async () => {
  await startDaemon({ usage: false });
  const { code, stdout } = await place.run(["runner", "top"]);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^ {2}${jobId} +running +– CPU +– `, "m"));
});

test("what hinders the runner is told with what to do, by top and by status", async () => {
  await startDaemon({ usage: true }, hindered);
  const told =
    "! the server refuses the runner's token, so no tasks come\n" +
    "  a new one, which counts at once: plan42 runner token NAME | plan42 runner config --set runner.token=-\n" +
    "! new jobs are refused: 512.0 MiB free at /state, and disk_min_free is 1.0 GiB\n" +
    "  plan42 runner job prune --images makes room; disk_min_free is the limit.\n" +
    "! the configuration has changed, and waits for a restart: runtime, http_proxy\n" +
    "  plan42 runner enable restarts the service; end runner exec with Ctrl-C, and start it again. Jobs go on.\n";
  expect((await place.run(["runner", "top"])).stdout).toContain(told);
  expect(await place.run(["runner", "status"])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining(told),
  });
  expect(JSON.parse((await place.run(["runner", "top", "--json"])).stdout)).toMatchObject(hindered);
  expect(JSON.parse((await place.run(["runner", "status", "--json"])).stdout).daemon).toMatchObject(hindered);
});

test("a runner that is not the named configuration's is told as such", async () => {
  await startDaemon({ usage: false }, { configFile: "/one.toml" });
  const path = join(place.home, "two.toml");
  const status = async (runnerId: string) => {
    const token = fakeToken("p42r", { sub: "tenant", runner_id: runnerId });
    writeFileSync(path, `[runner]\nurl = "http://127.0.0.1:1"\ntoken = "${token}"\n`, { mode: 0o600 });
    return (await place.run(["runner", "status", "-c", path])).stderr;
  };
  expect(await status("two")).toContain(
    "! the runner that is running is not this configuration's; it has /one.toml\n" +
      "  For a second one beside it set XDG_STATE_HOME and XDG_RUNTIME_DIR to folders of its own (Linux).\n",
  );
  expect(await status("runner")).not.toContain("not this configuration's");
});

test("a runner of an older version has nothing to tell of what hinders it", async () => {
  const older = { restartNeeded: undefined, disk: undefined } as object;
  await startDaemon({ usage: false }, older);
  expect((await place.run(["runner", "top"])).stdout).not.toContain("!");
  expect((await place.run(["runner", "status"])).stderr).not.toContain("refused");
});

test("looks again and again until it is stopped", async () => {
  await startDaemon({ usage: true });
  const enough = new AbortController();
  let lines = 0;
  const { code, stdout, stderr } = await place.run(["runner", "top", "--json", "--interval", "1"], {
    onOutput: (text) => {
      lines += text.split("\n").length - 1;
      if (lines === 3) enough.abort();
    },
    stop: enough.signal,
  });
  expect([code, stderr]).toEqual([130, ""]);
  const samples = stdout
    .trimEnd()
    .split("\n")
    .map((line) => Date.parse(JSON.parse(line).at));
  expect(samples).toHaveLength(3);
  expect(samples).toEqual(samples.toSorted());
});

test("without a runner it says how to start one, and a wrong interval is refused", async () => {
  const none = await place.run(["runner", "top", "--json"]);
  expect(none).toMatchObject({ code: 4, stdout: "" });
  expect(none.stderr).toContain("plan42 runner enable");
  expect(await place.run(["runner", "top", "--interval", "0"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("It must be a whole number, 1 to 3600."),
  });
});
