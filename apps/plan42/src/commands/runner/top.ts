import { AppError } from "@plano/errors";
import { sleep } from "@plano/waiting";
import { untilInterrupted } from "../../api/until-interrupted.ts";
import type { Context } from "../../context.ts";
import { canDraw } from "../../environment.ts";
import { exitCodes } from "../../exit-codes.ts";
import { formatTime } from "../../format-time.ts";
import { runnerNotices } from "../../jobs/runner-notices.ts";
import { describeCapacity, describeProcess, queueCells, workCells } from "../../top/describe.ts";
import type { TopSample } from "../../top/sample.ts";
import { createSampler, takeWhole } from "../../top/sampler.ts";

export interface TopOptions {
  /** Seconds between two looks; without it text and JSON are printed once. */
  readonly interval?: number;
  readonly json: boolean;
}

const screenSeconds = 1;

/** Shows the runner at work: on a terminal until the user leaves, elsewhere as text. Ends with 4 when none runs. */
export async function run({ interval, json }: TopOptions, context: Context): Promise<number> {
  const { terminal, environment, outputIsTerminal, input } = context;
  const sampler = createSampler(context);
  if (outputIsTerminal && input.isTerminal && !json && canDraw(environment)) {
    const first = await sampler.take();
    if (first === undefined) throw notRunning();
    const { showScreen } = await import("../../top/show-screen.tsx");
    await showScreen({ first, sampler, milliseconds: (interval ?? screenSeconds) * 1000, context });
    return exitCodes.success;
  }
  const print = (sample: TopSample | undefined) => {
    if (sample === undefined) throw notRunning();
    if (!json) printSample(sample, context);
    else if (interval === undefined) terminal.json(toJson(sample));
    else terminal.raw(`${JSON.stringify(toJson(sample))}\n`);
  };
  const isOver = await untilInterrupted(context, async (signal) => {
    // From the beginning of one look to that of the next: an engine takes a second to tell what is used.
    let begun = performance.now();
    print(await takeWhole(sampler, signal));
    while (interval !== undefined) {
      await sleep(Math.max(0, begun + interval * 1000 - performance.now()), signal);
      begun = performance.now();
      print(await sampler.take());
    }
    return true;
  });
  return isOver ? exitCodes.success : exitCodes.interrupted;
}

/** What `runner top --json` prints: what the daemon tells of itself, its jobs with their use and last line. */
function toJson({ at, status, jobs }: TopSample): object {
  return { at: new Date(at).toISOString(), ...status, jobs };
}

function printSample({ at, status, jobs }: TopSample, { terminal }: Context): void {
  const state = status.draining ? "stopping" : "running";
  terminal.line(`${formatTime(new Date(at))}  The runner is ${state} (${describeProcess(status, at)})`);
  for (const { text, mend } of runnerNotices(status)) {
    terminal.line(`! ${text}`);
    terminal.line(`  ${mend}`);
  }
  terminal.heading("Queues");
  terminal.table([
    ["  server", status.server],
    ...status.queues.map((queue) => {
      const [id, ...rest] = queueCells(queue, at);
      return [`  ${id}`, ...rest];
    }),
  ]);
  terminal.heading(`Jobs: ${describeCapacity(status.capacity)}`);
  terminal.table(
    jobs.map((job) => {
      const [step = "", processors, memory = "", elapsed = "", lastLine = ""] = workCells(job, at);
      return [`  ${job.jobId}`, step, `${processors} CPU`, memory, elapsed, lastLine];
    }),
  );
}

function notRunning(): AppError {
  return new AppError("the runner is not running", {
    code: "not-running",
    hint: "plan42 runner enable starts it as a service, and plan42 runner exec in this terminal.",
    exitCode: exitCodes.notRunning,
  });
}
