// The program's entry: hands the process over to the command line, and is the only place that ends it.
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { createTerminal, endWithReader } from "@plano/terminal";
import { runProgram } from "./run-program.ts";

const { env, stdin, stdout, stderr } = process;

endWithReader(process);

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal({ stdout, stderr, environment: env }),
  environment: env,
  currentFolder: process.cwd(),
  programFolder: fileURLToPath(new URL("..", import.meta.url)),
  ownCommand: [process.execPath, fileURLToPath(import.meta.url)],
  readInput: () => text(stdin),
  onStopSignal: (listener) => {
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  },
});
