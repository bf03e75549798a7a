import { execFile, execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { vi } from "vitest";

/** Whether this machine has tmux. */
export const hasTmux = (() => {
  try {
    execFileSync("tmux", ["-V"]);
    return true;
  } catch {
    return false;
  }
})();

/** A program on a terminal of its own, which people would see as `capture` gives it. */
export interface TerminalScreen {
  /** The lines of the screen, without spaces at their ends. */
  capture(): Promise<string>;
  /** The screen as soon as a text is on it. */
  until(text: string): Promise<string>;
  /** Keys by tmux's names, such as `Down` or `C-s`. */
  press(...keys: readonly string[]): Promise<void>;
  /** Pastes a text as terminals do. */
  paste(text: string): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  close(): Promise<void>;
}

export interface TerminalScreenOptions {
  /** For tmux's socket. */
  readonly folder: string;
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly columns: number;
  readonly rows: number;
}

/** Runs a program in tmux; its screen stays when it has ended. */
export async function openTerminalScreen(options: TerminalScreenOptions): Promise<TerminalScreen> {
  const { folder, words, environment, columns, rows } = options;
  const socket = join(folder, "tmux.sock");
  const tmux = async (...more: readonly string[]) => {
    const { stdout } = await promisify(execFile)("tmux", ["-u", "-S", socket, "-f", "/dev/null", ...more]);
    return stdout;
  };
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  const size = ["-x", String(columns), "-y", String(rows)];
  const hold = 'set-option -g remain-on-exit on ; set-option -g remain-on-exit-format "" ;'.split(" ");
  const quiet = hold.map((word) => (word === '""' ? "" : word));
  await tmux(
    "start-server",
    ";",
    ...quiet,
    ...["new-session", "-d", ...size, "env", "-i", "TERM=screen", ...variables, ...words],
  );
  const capture = async () =>
    (await tmux("capture-pane", "-p"))
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  return {
    capture,
    until: (text) =>
      vi.waitFor(
        async () => {
          const shown = await capture();
          if (!shown.includes(text)) throw new Error(`${text} is not on the screen:\n${shown}`);
          return shown;
        },
        { timeout: 60_000, interval: 50 },
      ),
    press: async (...keys) => {
      await tmux("send-keys", ...keys);
    },
    paste: async (text) => {
      await tmux("set-buffer", text, ";", "paste-buffer", "-p");
    },
    resize: async (nextColumns, nextRows) => {
      await tmux("resize-window", "-x", String(nextColumns), "-y", String(nextRows));
    },
    close: async () => {
      // It is gone already when its program has ended.
      await tmux("kill-server").catch(() => {});
      rmSync(socket, { force: true });
    },
  };
}
