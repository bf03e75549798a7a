import { AppError } from "@plano/errors";
import { CommanderError } from "commander";
import { showControls } from "./controls.ts";
import type { Terminal } from "./terminal.ts";

const [success, failure, usage] = [0, 1, 2];

/** A program whose command line is run. */
export interface RunningProgram {
  readonly name: string;
  readonly terminal: Terminal;
  /** What each line of a failure begins with. Default: a cross before its first line. */
  readonly mark?: string;
  /** The environment variable that shows where an internal error happened, and whether it is set. */
  readonly debug?: { readonly variable: string; readonly isOn: boolean };
  /** Whether a failure is told as one line of JSON, a {@link Failure}. The parser's own messages then come from here. */
  readonly isJson?: boolean;
}

/** What a failure is for scripts: the last line on stderr of a command with `--json`. */
interface Failure {
  readonly error: string;
  /** Stable kebab-case name of it. */
  readonly code: string;
  /** What to do next. */
  readonly hint: string | null;
}

/** Whether the words of a command line ask for JSON, wherever they are understood. */
export function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return (end < 0 ? words : words.slice(0, end)).includes("--json");
}

/** Runs a command line, prints what goes wrong, and resolves to the exit code. */
export async function runToEnd(run: () => Promise<number>, program: RunningProgram): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, program);
    if (error.exitCode === 0) return success;
    // Help and the parser's own messages have been printed by now, but for JSON.
    if (program.isJson) tell({ error: wordsOf(error), code: "usage", hint: null }, program);
    return usage;
  }
}

/** Prints an error that reached the top of the program and returns the exit code that it calls for. */
function reportError(error: unknown, program: RunningProgram): number {
  if (error instanceof AppError) {
    tell({ error: error.message, code: error.code, hint: error.hint ?? null }, program);
    return error.exitCode;
  }
  const { name, debug } = program;
  const next = debug === undefined ? "" : ` ${debug.variable}=1 shows where it happened.`;
  const stack = debug?.isOn === true && error instanceof Error ? error.stack : undefined;
  tell(
    {
      error: `internal error: ${error instanceof Error ? error.message : String(error)}`,
      code: "internal",
      hint: stack ?? `This is a fault of ${name} itself.${next}`,
    },
    program,
  );
  return failure;
}

function tell(told: Failure, { terminal, mark, isJson = false }: RunningProgram): void {
  if (isJson) {
    terminal.errorLine(JSON.stringify(told));
    return;
  }
  // Both may quote what somebody else has written.
  const [error, hint] = [showControls(told.error), showControls(told.hint ?? "")];
  if (mark === undefined) terminal.failure(error);
  else {
    const sign = terminal.errorStyle.red(mark);
    for (const line of error.split("\n")) terminal.errorLine(`${sign} ${line}`);
  }
  if (hint === "") return;
  for (const line of hint.split("\n")) terminal.errorLine(line === "" ? "" : `  ${line}`);
}

/** The parser's words without their own mark. */
function wordsOf({ code, message }: CommanderError): string {
  return code === "commander.help" ? "a command is missing" : message.replace(/^error: /, "");
}
