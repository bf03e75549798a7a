import { existsSync } from "node:fs";
import { AppError } from "@plano/errors";
import { showControls } from "@plano/terminal";
import { untilInterrupted } from "../../api/until-interrupted.ts";
import type { Context } from "../../context.ts";
import { exitCodes } from "../../exit-codes.ts";
import { followFile, readEnd } from "../../jobs/log-file.ts";
import { showInPager } from "../../jobs/pager.ts";
import { foldersOf } from "../../jobs/runner-setup.ts";

export interface ServiceLogsOptions {
  readonly follow: boolean;
  /** How many of the last lines; all when undefined. */
  readonly lines?: number;
  /** What systemd has of it, which is about its starts and ends. */
  readonly journal: boolean;
}

/** Shows the log of the service: in a pager on a terminal, and with `follow` what is added until Ctrl-C. */
export async function run({ follow, lines, journal }: ServiceLogsOptions, context: Context): Promise<number> {
  const { terminal, environment, outputIsTerminal } = context;
  if (journal) return becomeJournal({ follow, ...(lines !== undefined && { lines }) }, context);
  const { serviceLog } = foldersOf(context);
  if (!existsSync(serviceLog)) {
    throw new AppError("the service has left no log", {
      code: "no-log",
      hint: `It writes ${serviceLog} once it is enabled: plan42 runner enable`,
    });
  }
  if (follow) {
    const onText = outputIsTerminal ? (text: string) => terminal.raw(showControls(text)) : terminal.raw;
    await untilInterrupted(context, (signal) => followFile(serviceLog, { lines, signal, onText }));
    return exitCodes.interrupted;
  }
  if (outputIsTerminal) return showInPager(readEnd(serviceLog, lines), environment);
  for (const text of readEnd(serviceLog, lines)) terminal.raw(text);
  return 0;
}

const journalProgram = "/usr/bin/journalctl";
const ofService = ["--user-unit", "plan42-runner.service"];

/** Becomes the program that shows the journal. Rejects with an `AppError` if that would have nothing to show. */
async function becomeJournal(
  { follow, lines }: { follow: boolean; lines?: number },
  context: Context,
): Promise<never> {
  const lack = await lackOfJournal(follow, context);
  if (lack !== undefined) {
    throw new AppError(lack, {
      code: "no-journal",
      hint: "plan42 runner logs shows the file that the service writes, and plan42 runner status how it has ended.",
    });
  }
  const words = [...ofService];
  if (follow) words.push("--follow");
  if (lines !== undefined) words.push("--lines", String(lines));
  return context.become(journalProgram, words);
}

/** Why the journal has nothing to show; undefined if it has. */
async function lackOfJournal(follow: boolean, { platform, execute }: Context): Promise<string | undefined> {
  if (platform !== "linux") return "there is a journal on Linux only";
  const { code, stdout, stderr } = await execute(journalProgram, [...ofService, "--lines", "1"]);
  if (code === 127) return `systemd's journal is not on this machine: there is no ${journalProgram}`;
  if (code !== 0) return `systemd's journal cannot be read: ${stderr.trim()}`;
  if (/^No journal files/m.test(stderr)) return "there is no journal on this machine that this user may read";
  // What is followed may be yet to come. Remarks of the program itself are in dashes.
  const isEmpty = !/^(?!-- )./m.test(stdout);
  return isEmpty && !follow ? "systemd's journal has nothing of the runner's service" : undefined;
}
