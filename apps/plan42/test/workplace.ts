import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import type { Context, Environment } from "../src/context.ts";
import { runProgram } from "../src/run-program.ts";

/** What a run of the program left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The program that it became, with its words. */
  readonly became?: readonly string[];
}

interface RunOptions {
  readonly input?: string;
  readonly environment?: Environment;
  /** Default: there are no other programs. */
  readonly execute?: Context["execute"];
  /** Hears what is written to standard output. */
  readonly onOutput?: (text: string) => void;
  /** Its abort is what a signal is to the program. */
  readonly stop?: AbortSignal;
}

/** A home folder of its own, in which plan42 runs inside the test's process. */
export interface Workplace {
  readonly home: string;
  run(words: readonly string[], options?: RunOptions): Promise<Outcome>;
  clear(): void;
}

const noProgram: Context["execute"] = async () => ({ code: 127, stdout: "", stderr: "" });

export function createWorkplace(): Workplace {
  const home = mkdtempSync(join(tmpdir(), "plan42-"));
  return {
    home,
    run: async (words, { input = "", environment = {}, execute = noProgram, onOutput, stop } = {}) => {
      const text = { stdout: "", stderr: "" };
      const sink = (name: "stdout" | "stderr") => ({
        write: (part: string) => {
          text[name] += part;
          if (name === "stdout") onOutput?.(part);
        },
      });
      let became: readonly string[] | undefined;
      const all = { HOME: home, ...environment };
      const code = await runProgram(words, {
        terminal: createTerminal({ stdout: sink("stdout"), stderr: sink("stderr"), environment: all }),
        environment: all,
        platform: "linux",
        currentFolder: home,
        programFolder: fileURLToPath(new URL("..", import.meta.url)),
        input: {
          isTerminal: false,
          lines: async function* () {
            yield* input.split("\n");
          },
        },
        screen: { stdin: process.stdin, stdout: process.stdout, suspend: () => Promise.resolve() },
        outputIsTerminal: false,
        onStopSignal: (listener) => {
          stop?.addEventListener("abort", listener);
          return () => stop?.removeEventListener("abort", listener);
        },
        execute,
        become: (program, rest) => {
          became = [program, ...rest];
          throw new Error("it has become another program");
        },
      });
      return { code, ...text, ...(became && { became }) };
    },
    clear: () => rmSync(home, { recursive: true, force: true }),
  };
}
