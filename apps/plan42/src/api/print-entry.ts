import type { TurnLogEntry } from "@plano/protocol";
import { showControls } from "@plano/terminal";
import type { Context } from "../context.ts";
import { formatTime } from "../format-time.ts";

export interface EntryFormat {
  readonly timestamps: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

/** Prints entries of a log on stdout. A pipe gets them as they are, a terminal nothing that would take it over. */
export function entryPrinter(
  { terminal, outputIsTerminal }: Pick<Context, "terminal" | "outputIsTerminal">,
  { timestamps, json }: EntryFormat,
): (entry: TurnLogEntry) => void {
  return (entry) => {
    if (json) return terminal.raw(`${JSON.stringify(entry)}\n`);
    const text = outputIsTerminal ? showControls(entry.Message) : entry.Message;
    terminal.line(timestamps ? `${terminal.style.dim(formatTime(entry.Timestamp))}  ${text}` : text);
  };
}
