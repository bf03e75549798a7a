import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTerminal } from "@plano/terminal";
import type { Context } from "../src/context.ts";
import type { Environment } from "../src/environment.ts";
import { runProgram } from "../src/run-program.ts";

/** What a run of the program left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A home folder of its own, in which the program runs inside the test's process. */
export interface Place {
  readonly home: string;
  /** Of the configuration. */
  readonly file: string;
  read(): string;
  write(text: string): void;
  /** Runs the program without a terminal. */
  run(
    words: readonly string[],
    options?: { input?: string; environment?: Environment; platform?: string },
  ): Promise<Outcome>;
  clear(): void;
}

export function createPlace(): Place {
  const home = mkdtempSync(join(tmpdir(), "runner-config-"));
  const file = join(home, "runner.toml");
  return {
    home,
    file,
    read: () => readFileSync(file, "utf8"),
    write: (text) => writeFileSync(file, text, { mode: 0o600 }),
    run: async (words, { input = "", environment = {}, platform = "linux" } = {}) => {
      const text = { stdout: "", stderr: "" };
      const sink = (name: "stdout" | "stderr") => ({ write: (part: string) => (text[name] += part) });
      const all = { HOME: home, ...environment };
      const stream = { isTTY: false };
      const code = await runProgram(["--config-file", file, ...words], {
        terminal: createTerminal({ stdout: sink("stdout"), stderr: sink("stderr"), environment: all }),
        environment: all,
        platform,
        now: () => new Date(),
        readInput: () => Promise.resolve(input),
        screen: {
          stdin: stream as Context["screen"]["stdin"],
          stdout: stream as Context["screen"]["stdout"],
          suspend: () => Promise.resolve(),
        },
      });
      return { code, ...text };
    },
    clear: () => rmSync(home, { recursive: true, force: true }),
  };
}
