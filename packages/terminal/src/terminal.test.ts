import { expect, test, vi } from "vitest";
import { createTerminal, formatBytes, formatDuration, formatTable } from "./index.ts";

function recorder(isTTY = false) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text), text: () => written.join("") };
}

test("results go to stdout, warnings and failures to stderr", () => {
  const stdout = recorder();
  const stderr = recorder();
  const terminal = createTerminal({ stdout, stderr, environment: {} });
  terminal.heading("Listeners");
  terminal.list(["one", "two"]);
  terminal.success("done");
  terminal.json({ a: 1 });
  terminal.warning("odd");
  terminal.failure("bad");
  expect(stdout.text()).toBe('Listeners\n  • one\n  • two\n✓ done\n{\n  "a": 1\n}\n');
  expect(stderr.text()).toBe("! odd\n✗ bad\n");
});

test.each([
  ["a terminal", true, {}, true],
  ["a pipe", false, {}, false],
  ["NO_COLOR on a terminal", true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  ["FORCE_COLOR in a pipe", false, { FORCE_COLOR: "1" }, true],
  ["FORCE_COLOR=0 on a terminal", true, { FORCE_COLOR: "0" }, false],
  ["a dumb terminal", true, { TERM: "dumb" }, false],
])("colour on %s", (_, isTTY, environment, coloured) => {
  const stdout = recorder(isTTY);
  createTerminal({ stdout, stderr: recorder(), environment }).heading("x");
  expect(stdout.text().includes("\u001b[")).toBe(coloured);
});

test("progress stays silent away from a terminal", () => {
  const stderr = recorder(false);
  const progress = createTerminal({ stdout: recorder(), stderr, environment: {} }).progress("waiting");
  progress.update("still waiting");
  progress.stop();
  expect(stderr.text()).toBe("");
});

test("progress that may take minutes is a line now and then away from a terminal", () => {
  vi.useFakeTimers();
  try {
    const stderr = recorder(false);
    const terminal = createTerminal({ stdout: recorder(), stderr, environment: {} });
    const progress = terminal.progress("waiting", { lineEveryMilliseconds: 30_000 });
    vi.advanceTimersByTime(65_000);
    progress.update("still");
    vi.advanceTimersByTime(30_000);
    progress.stop();
    vi.advanceTimersByTime(60_000);
    expect(stderr.text()).toBe("waiting\nwaiting (30 s)\nwaiting (1m 0s)\nstill (1m 30s)\n");
  } finally {
    vi.useRealTimers();
  }
});

test("progress stays on one line of the terminal, however long it is", () => {
  const stderr = { ...recorder(true), columns: 20 };
  const terminal = createTerminal({ stdout: recorder(), stderr, environment: { NO_COLOR: "1" } });
  const progress = terminal.progress("\u001b[1mStarting the runner as a service\u001b[22m");
  progress.update("short");
  progress.stop();
  const erase = "\r\u001b[2K";
  expect(stderr.text()).toBe(`${erase}⠋ Starting the run…${erase}⠋ short${erase}`);
});

test("a line printed during progress is not torn, and stop leaves an empty line", () => {
  const stdout = recorder(true);
  const stderr = recorder(true);
  const terminal = createTerminal({ stdout, stderr, environment: { NO_COLOR: "1" } });
  const progress = terminal.progress("waiting");
  terminal.line("hello");
  progress.stop();
  progress.stop();
  expect(stdout.text()).toBe("hello\n");
  expect(stderr.text()).toBe("\r\u001b[2K⠋ waiting" + "\r\u001b[2K" + "\r\u001b[2K⠋ waiting" + "\r\u001b[2K");
});

test("table columns line up whatever their colour", () => {
  expect(
    formatTable([
      ["\u001b[1mname\u001b[22m", "port"],
      ["egress_traffic", "12000"],
    ]),
  ).toEqual(["\u001b[1mname\u001b[22m            port", "egress_traffic  12000"]);
});

test("a cell stays one line, and controls nothing but colour", () => {
  const own = "\u001b[1mname\u001b[22m";
  expect(formatTable([[own, "a\n\u001b]0;owned\u0007\u001b[2Jb"]])).toEqual([`${own}  a ␛]0;owned␇␛[2Jb`]);
});

test("sizes and durations read well", () => {
  expect([0, 1023, 1024, 5_000_000].map(formatBytes)).toEqual(["0 B", "1023 B", "1.0 KiB", "4.8 MiB"]);
  expect([20, 4200, 42_000, 192_000, 7_500_000, 356_400_000].map(formatDuration)).toEqual([
    "20 ms",
    "4.2 s",
    "42 s",
    "3m 12s",
    "2h 5m",
    "4d 3h",
  ]);
});
