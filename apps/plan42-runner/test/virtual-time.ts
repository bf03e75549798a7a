import { vi } from "vitest";

/** How long real work (files, the control socket) may hold virtual time up at once, in real milliseconds. */
const patienceMilliseconds = 2_000;
/** Names of what Node is at work on: calls of the file system, connections to a local socket. */
const working = /Req|Job|PipeConnect/;
const settledTurns = 3;

const realNow = performance.now.bind(performance);
const realTurn = setImmediate;
let filesAtWork = 0;

/**
 * The file system for `vi.mock("node:fs/promises")`: Node does not list whole files that are read and written among
 * what it is at work on.
 */
export function observeFiles(files: typeof import("node:fs/promises")): object {
  const observe = (call: (...input: never[]) => Promise<unknown>) => {
    return async (...input: never[]) => {
      filesAtWork += 1;
      try {
        return await call(...input);
      } finally {
        filesAtWork -= 1;
      }
    };
  };
  return { ...files, readFile: observe(files.readFile), writeFile: observe(files.writeFile) };
}

/**
 * Runs work on a clock of its own: timers and dates are virtual, and time passes only when nothing else is left to
 * do, from one timer to the next. What does not wait for a timer takes no time. Timers stay virtual afterwards.
 */
export async function runVirtually(work: () => Promise<void>): Promise<void> {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
  });
  const pipes = countPipes(process.getActiveResourcesInfo());
  let isOver = false;
  const over = work().finally(() => {
    isOver = true;
  });
  // Whoever awaits the work gets its failure.
  over.catch(() => {});
  for (;;) {
    await settle(pipes);
    if (isOver) return over;
    if (vi.getTimerCount() === 0) throw new Error("nothing goes on, and nothing waits for a timer");
    vi.advanceTimersToNextTimer();
  }
}

/** Resolves when all that was set off has come to wait for a timer, or for ever. */
async function settle(pipes: number): Promise<void> {
  await new Promise((resolve) => realTurn(resolve));
  if (!isWorking(pipes)) return;
  const end = realNow() + patienceMilliseconds;
  for (let quiet = 0; quiet < settledTurns && realNow() < end; ) {
    await new Promise((resolve) => realTurn(resolve));
    quiet = isWorking(pipes) ? 0 : quiet + 1;
  }
}

function isWorking(pipes: number): boolean {
  if (filesAtWork > 0) return true;
  const resources = process.getActiveResourcesInfo();
  return resources.some((name) => working.test(name)) || countPipes(resources) > pipes;
}

/** Connections to local sockets; the test runner has some of its own. */
function countPipes(resources: readonly string[]): number {
  return resources.filter((name) => name === "PipeWrap").length;
}
