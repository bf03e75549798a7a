// The program's entry: hands the process over to the command line, and is the only place that ends it.
import { text } from "node:stream/consumers";
import { suspendProcess } from "@plano/screen/suspend";
import { createTerminal, endWithReader } from "@plano/terminal";
import { runProgram } from "./run-program.ts";

const { env, stdin, stdout, stderr } = process;

endWithReader(process);

process.exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal({ stdout, stderr, environment: env }),
  environment: env,
  platform: process.platform,
  now: () => new Date(),
  readInput: () => text(stdin),
  screen: { stdin, stdout, suspend: suspendProcess },
});
