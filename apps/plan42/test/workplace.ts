import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTerminal } from "@plano/terminal";
import type { Environment } from "../src/context.ts";
import { runProgram } from "../src/run-program.ts";

/** What a run of the program left behind. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The program that it became, with its words. */
  readonly became?: readonly string[];
}

/** A home folder of its own, in which plan42 runs inside the test's process. */
export interface Workplace {
  readonly home: string;
  run(words: readonly string[], options?: { input?: string; environment?: Environment }): Promise<Outcome>;
  clear(): void;
}

export function createWorkplace(): Workplace {
  const home = mkdtempSync(join(tmpdir(), "plan42-"));
  return {
    home,
    run: async (words, { input = "", environment = {} } = {}) => {
      const text = { stdout: "", stderr: "" };
      const sink = (name: "stdout" | "stderr") => ({ write: (part: string) => (text[name] += part) });
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
        outputIsTerminal: false,
        onStopSignal: () => () => {},
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
