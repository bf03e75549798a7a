import { createScreenStore, noColours } from "@plano/screen";
import { createFakeScreen } from "@plano/screen/testing";
import { render } from "ink";
import stringWidth from "string-width";
import { afterEach, expect, test, vi } from "vitest";
import { update } from "../src/top/model.ts";
import { TopApp } from "../src/top/screens/TopApp.tsx";
import { type Action, type Effect, openTop } from "../src/top/state.ts";
import { hindered, jobIds, sampleOf } from "./top-sample.ts";

const down = "\u001b[B";
const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function open(ids: readonly string[] = jobIds) {
  const screen = createFakeScreen(80, 24);
  const effects: Effect[] = [];
  const store = createScreenStore(openTop(sampleOf(ids)), update, (effect: Effect) => effects.push(effect));
  const app = render(<TopApp store={store} theme={noColours} />, {
    stdin: screen.stdin,
    stdout: screen.stdout,
    debug: true,
    interactive: true,
    incrementalRendering: true,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 1000,
  });
  closing.push(() => app.unmount());
  const settle = () => app.waitUntilRenderFlush();
  await settle();
  return {
    effects,
    resize: screen.resize,
    frame: screen.frame,
    press: async (...keys: readonly string[]) => {
      screen.press(...keys);
      await settle();
    },
    tell: async (action: Action) => {
      store.dispatch(action);
      await settle();
    },
  };
}

test("queues and jobs, with the chosen one marked", async () => {
  const { frame, press } = await open();
  expect(frame()).toMatchSnapshot();
  await press(down);
  expect(frame()).toMatch(/^› 2f0c3a5e/m);
  expect(frame()).toContain(`${jobIds[1]} · org/agent:1`);
});

test("a runner without jobs, one that stops, and one that is gone", async () => {
  const { frame, tell } = await open([]);
  expect(frame()).toContain("Jobs: 0 of 4 running, 0 waiting\n  none");
  const sample = sampleOf([]);
  await tell({ type: "sampled", sample: { ...sample, status: { ...sample.status, draining: true } } });
  expect(frame()).toContain("● stopping, its jobs may finish");
  await tell({ type: "sampled", sample: undefined });
  expect(frame()).toContain("● The runner is not running.");
  await tell({ type: "failed", message: "the runner does not answer" });
  expect(frame()).toContain("the runner does not answer");
  await tell({ type: "sampled", sample });
  expect(frame()).not.toContain("the runner does not answer");
});

test("what hinders the runner is shown, in a low window without what to do", async () => {
  const { frame, tell, resize } = await open();
  const sample = sampleOf(jobIds);
  await tell({ type: "sampled", sample: { ...sample, status: { ...sample.status, ...hindered } } });
  expect(frame()).toContain(`
! the server refuses the runner's token, so no tasks come
  a new one, which counts at once: plan42 runner token NAME | plan42 runner con…
! new jobs are refused: 512.0 MiB free at /state, and disk_min_free is 1.0 GiB
  plan42 runner job prune --images makes room; disk_min_free is the limit.
! the configuration has changed, and waits for a restart: runtime, http_proxy
  plan42 runner enable restarts the service; end runner exec with Ctrl-C, and s…
`);
  resize(40, 8);
  await vi.waitFor(() => {
    expect(frame().split("\n")).toHaveLength(8);
    expect(frame()).toContain("\n! the server refuses the runner's token");
    expect(frame()).not.toContain("makes room");
    expect(frame()).toMatch(/^› 1f0c3a5e/m);
  });
});

test("the question before a kill, the keys, and a log", async () => {
  const { frame, press, tell, effects } = await open();
  await press("k");
  expect(frame().split("\n").slice(-2)).toEqual([
    `Kill ${jobIds[0]}?`,
    "y kills it and fails its turn · any other key lets it go on",
  ]);
  await press("y");
  expect(effects).toEqual([{ type: "kill", jobId: jobIds[0] }]);
  await press("?");
  expect(frame()).toMatchSnapshot("keys");
  await press("x", "l");
  await tell({
    type: "log-text",
    jobId: jobIds[0],
    text: Array.from({ length: 40 }, (_, index) => `line ${index}\n`).join(""),
  });
  expect(frame()).toMatchSnapshot("log");
  await press("\u001b[A", "\u001b[A");
  expect(frame()).toContain("line 17\n");
  expect(frame()).toContain("↓ 2 more");
  expect(frame()).not.toContain("line 39");
});

test("any window shows the chosen job, and no line is longer than it", async () => {
  const ids = Array.from(
    { length: 30 },
    (_, index) => `plan42-1f0c3a5e-7b52-4f0e-9d43-2f1d6d3f8a90-${index + 1}`,
  );
  const { frame, press, resize } = await open(ids);
  await press(...Array.from({ length: 19 }, () => down));
  for (const [columns, rows] of [
    [80, 24],
    [40, 8],
    [200, 60],
    [120, 9],
  ] as const) {
    resize(columns, rows);
    await vi.waitFor(() => {
      const lines = frame().split("\n");
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(columns);
      expect(frame()).toMatch(/^› 1f0c3a5e {2}20 /m);
    });
  }
  resize(30, 6);
  await expect.poll(frame).toBe("needs 40×8 cells");
});
