import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** How a program ended. */
export interface ProgramResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions {
  /** Written to its standard input, which is then closed. */
  readonly input?: string | Uint8Array;
  /** Its working folder. */
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Beyond this much of either stream, the beginning is dropped. */
const keptCharacters = 8 * 1024 * 1024;

/**
 * Runs a program to its end and keeps what it writes. Rejects when it cannot be started (with the system's
 * error) and when the signal aborts (with its reason); a failing exit code is a result.
 */
export function runProgram(
  program: string,
  words: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { input, cwd, signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(program, words, {
      stdio: ["pipe", "pipe", "pipe"],
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal ? { signal } : {}),
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    child.on("close", (exitCode) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve({ exitCode, stdout: stdout(), stderr: stderr() });
    });
    // A program that ends without reading has said why on stderr.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (part: string) => {
    text = (text + part).slice(-keptCharacters);
  });
  return () => text;
}
