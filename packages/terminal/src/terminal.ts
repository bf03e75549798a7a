import { stripVTControlCharacters } from "node:util";
import { formatDuration } from "./format.ts";
import { createStyle, type Style, wantsColour } from "./style.ts";
import { formatTable, visibleLength } from "./table.ts";

/** Where text goes. `process.stdout` and a list of strings in a test both fit. */
export interface TerminalStream {
  readonly isTTY?: boolean | undefined;
  /** Of a terminal: how many cells a line has. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export interface TerminalOptions {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  /** Read for `NO_COLOR`, `FORCE_COLOR` and `TERM` only. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface ProgressOptions {
  /** For what may take minutes: where nothing can move, the text is a line at once, and again after so long. */
  readonly lineEveryMilliseconds?: number;
}

/** A line on stderr that tells what is going on; it moves only on a terminal and leaves nothing behind. */
export interface Progress {
  update(text: string): void;
  /** Removes the line. Safe to call twice. */
  stop(): void;
}

/**
 * The one printer of a program. Results go to stdout; progress, warnings and failures go to stderr,
 * so that a pipe receives results only.
 */
export interface Terminal {
  /** Colour for text on stdout. */
  readonly style: Style;
  /** Colour for text on stderr. */
  readonly errorStyle: Style;
  line(text?: string): void;
  heading(text: string): void;
  success(text: string): void;
  list(items: readonly string[]): void;
  table(rows: readonly (readonly string[])[]): void;
  /** One JSON document, two spaces deep, with a final newline. */
  json(value: unknown): void;
  /** Text as it is, without a newline added. */
  raw(text: string): void;
  rawError(text: string): void;
  errorLine(text?: string): void;
  warning(text: string): void;
  failure(text: string): void;
  progress(text: string, options?: ProgressOptions): Progress;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const frameMilliseconds = 80;
const eraseLine = "\r\u001b[2K";

const silent: Progress = { update: () => {}, stop: () => {} };

/** Progress in lines: for logs. */
function repeat(text: string, milliseconds: number, line: (text: string) => void): Progress {
  const start = Date.now();
  let current = text;
  line(current);
  const timer = setInterval(() => line(`${current} (${formatDuration(Date.now() - start)})`), milliseconds);
  timer.unref();
  return {
    update: (next) => {
      current = next;
    },
    stop: () => clearInterval(timer),
  };
}

/** Builds a {@link Terminal} over two streams. Owns no other state than a running progress line. */
export function createTerminal(options: TerminalOptions): Terminal {
  const { stdout, stderr, environment } = options;
  const style = createStyle(wantsColour(environment, stdout.isTTY === true));
  const errorStyle = createStyle(wantsColour(environment, stderr.isTTY === true));
  const moves = stderr.isTTY === true && environment.TERM !== "dumb";
  let redraw: (() => void) | undefined;

  const print = (stream: TerminalStream, text: string) => {
    if (redraw) stderr.write(eraseLine);
    stream.write(text);
    redraw?.();
  };
  const out = (text: string) => print(stdout, `${text}\n`);
  const err = (text: string) => print(stderr, `${text}\n`);

  return {
    style,
    errorStyle,
    line: (text = "") => out(text),
    heading: (text) => out(style.bold(text)),
    success: (text) => out(`${style.green("✓")} ${text}`),
    list: (items) => {
      for (const item of items) out(`  • ${item}`);
    },
    table: (rows) => {
      for (const row of formatTable(rows)) out(row);
    },
    json: (value) => out(JSON.stringify(value, null, 2)),
    raw: (text) => print(stdout, text),
    rawError: (text) => print(stderr, text),
    errorLine: (text = "") => err(text),
    warning: (text) => err(`${errorStyle.yellow("!")} ${text}`),
    failure: (text) => err(`${errorStyle.red("✗")} ${text}`),
    progress: (text, { lineEveryMilliseconds } = {}) => {
      if (!moves)
        return lineEveryMilliseconds === undefined ? silent : repeat(text, lineEveryMilliseconds, err);
      let current = text;
      let frame = 0;
      const draw = () => {
        // A line that is too long would be one more at every frame.
        const shown = cut(current, (stderr.columns ?? Number.POSITIVE_INFINITY) - 3);
        stderr.write(`${eraseLine}${errorStyle.cyan(frames[frame % frames.length] ?? "")} ${shown}`);
      };
      redraw = draw;
      draw();
      const timer = setInterval(() => {
        frame += 1;
        draw();
      }, frameMilliseconds);
      timer.unref();
      return {
        update: (next) => {
          current = next;
          draw();
        },
        stop: () => {
          if (redraw !== draw) return;
          clearInterval(timer);
          redraw = undefined;
          stderr.write(eraseLine);
        },
      };
    },
  };
}

/** A text in so many characters; one that has to be cut loses its colours. */
function cut(text: string, length: number): string {
  if (visibleLength(text) <= length) return text;
  const plain = [...stripVTControlCharacters(text)];
  return `${plain.slice(0, Math.max(0, length - 1)).join("")}…`;
}
