// The program's entry: hands the process over to the command line, and is the only place that ends it.
import { createTerminal } from "@plano/terminal";
import { runProgram } from "./run-program.ts";

const { env, stdout, stderr } = process;

for (const stream of [stdout, stderr]) {
  // Nobody reads any more; the jobs go on.
  stream.on("error", () => {});
}

const listen =
  (...signals: readonly NodeJS.Signals[]) =>
  (listener: (signal: string) => void) => {
    for (const signal of signals) process.on(signal, listener);
    return () => {
      for (const signal of signals) process.off(signal, listener);
    };
  };

const exitCode = await runProgram(process.argv.slice(2), {
  terminal: createTerminal({ stdout, stderr, environment: env }),
  environment: env,
  platform: process.platform,
  writeLog: (line) => stderr.write(line),
  logIsTerminal: stderr.isTTY === true,
  onStopSignal: listen("SIGINT", "SIGTERM"),
  onReloadSignal: listen("SIGHUP"),
});
// What is left open at the end (a broken connection's time-out, a job that was left) must not keep the process.
process.exit(exitCode);
