// Runs one command after another and shows how far it is. Plain Node 20, no packages.
import { spawn } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const isTerminal = process.stdout.isTTY === true && !process.env.CI;
const colours = isTerminal && !process.env.NO_COLOR;
const heartbeatMs = 15_000;

/** @param {string} code @param {string} text */
const paint = (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
/** @param {string} text */
export const bold = (text) => paint("1", text);
/** @param {string} text */
export const dim = (text) => paint("2", text);
/** @param {string} text */
export const green = (text) => paint("32", text);
/** @param {string} text */
export const red = (text) => paint("31", text);

/** A command that ended badly. `output` holds what it printed. */
export class StepError extends Error {
  /** @param {string} message @param {string} output */
  constructor(message, output) {
    super(message);
    this.name = "StepError";
    this.output = output;
  }
}

/**
 * The environment for commands: no telemetry, and the pinned Node in front once it is installed.
 * @returns {NodeJS.ProcessEnv}
 */
export function commandEnvironment() {
  const bin = join(root, "node_modules", ".bin");
  return {
    ...process.env,
    PATH: `${bin}:${process.env.PATH ?? ""}`,
    DO_NOT_TRACK: "1",
    TURBO_TELEMETRY_DISABLED: "1",
  };
}

/**
 * @typedef {object} StepOptions
 * @property {string} [folder] Working folder; the root unless given.
 * @property {NodeJS.ProcessEnv} [environment]
 * @property {boolean} [showOutput] Print what the command prints instead of a progress line.
 * @property {(output: string) => string} [summary] What to say when it is done.
 */

/**
 * Runs a command as one step, with a line that says what is going on, and resolves with all it printed.
 * Throws a StepError when it ends badly.
 * @param {string} title @param {readonly [string, ...string[]]} command @param {StepOptions} [options]
 * @returns {Promise<string>}
 */
export function runStep(title, command, options = {}) {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  const [program, ...args] = command;
  let output = "";
  let lastLine = "";
  let lastShown = start;

  const show = () => {
    if (options.showOutput) return;
    if (isTerminal) {
      const width = (process.stdout.columns ?? 80) - title.length - 14;
      process.stdout.write(
        `\r\u001b[K… ${title} ${dim(`${seconds()} s ${lastLine.slice(0, Math.max(0, width))}`)}`,
      );
    } else if (performance.now() - lastShown >= heartbeatMs) {
      lastShown = performance.now();
      process.stdout.write(`… ${title}: ${Math.round(Number(seconds()))} s, ${lastLine.slice(0, 100)}\n`);
    }
  };
  if (!isTerminal || options.showOutput) process.stdout.write(`… ${title}\n`);
  const ticker = setInterval(show, isTerminal ? 250 : 1000);

  return new Promise((resolve_, reject) => {
    const child = spawn(program, args, {
      cwd: options.folder ?? root,
      env: options.environment ?? commandEnvironment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (/** @type {string} */ text) => {
        output += text;
        if (options.showOutput) process.stdout.write(text);
        const line = withoutColours(text).trim().split("\n").at(-1)?.trim();
        if (line) lastLine = line;
      });
    }
    const finish = (/** @type {string | undefined} */ failure) => {
      clearInterval(ticker);
      const clear = isTerminal && !options.showOutput ? "\r\u001b[K" : "";
      if (failure === undefined) {
        const said = options.summary?.(output);
        process.stdout.write(
          `${clear}${green("✓")} ${title} ${dim(`${said ? `${said}, ` : ""}${seconds()} s`)}\n`,
        );
        resolve_(output);
      } else {
        process.stdout.write(`${clear}${red("✗")} ${title} ${dim(`${seconds()} s`)}\n`);
        if (!options.showOutput) process.stdout.write(`${tail(output, 60)}\n`);
        reject(new StepError(`${title}: ${failure}`, output));
      }
    };
    child.once("error", (error) => finish(`${program} could not be started: ${error.message}`));
    child.once("close", (code, signal) =>
      finish(code === 0 ? undefined : `${command.join(" ")} ended with ${signal ?? `exit code ${code}`}`),
    );
  });
}

/** @param {string} text */
export function withoutColours(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence starts with one.
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}

/** @param {string} text @param {number} lines */
function tail(text, lines) {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}
