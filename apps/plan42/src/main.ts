// The program's entry: hands the process over to the command line, and is the only place that ends it.
import { createInterface } from "node:readline";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { suspendProcess } from "@plano/screen/suspend";
import { createTerminal, endWithReader } from "@plano/terminal";
import { runProgram } from "./run-program.ts";
import { execute } from "./services/execute.ts";

const { env, stdout, stderr } = process;

endWithReader(process);

async function* inputLines(): AsyncGenerator<string> {
  const reader = createInterface({ input: process.stdin });
  try {
    yield* reader;
  } finally {
    reader.close();
    // Whoever writes there may go on for long.
    process.stdin.destroy();
  }
}

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal({ stdout, stderr, environment: env }),
  environment: env,
  platform: process.platform,
  currentFolder: process.cwd(),
  programFolder: fileURLToPath(new URL("..", import.meta.url)),
  input: { isTerminal: isatty(0), lines: inputLines },
  // Asked for late: a command that reads nothing does not open its input.
  screen: {
    get stdin() {
      return process.stdin;
    },
    stdout,
    suspend: suspendProcess,
  },
  outputIsTerminal: stdout.isTTY === true,
  onStopSignal: (listener) => {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
  execute,
  become: (program, words) => {
    if (process.execve === undefined) throw new Error(`this system cannot turn a process into ${program}`);
    return process.execve(program, [program, ...words], env);
  },
});
