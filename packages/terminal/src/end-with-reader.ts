import { describeCause } from "@plano/errors";

/** The part of a process that what it prints goes through. */
interface PrintingProcess {
  readonly stdout: ErrorSource;
  readonly stderr: ErrorSource & { write(text: string): unknown };
  readonly exit: (code: number) => void;
}

interface ErrorSource {
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Ends a process whose output goes nowhere: in peace once the reader of a pipe has gone, as in `planoai logs | head`,
 * since nobody is left to tell; otherwise as a failure, which is told where it can be.
 */
export function endWithReader({ stdout, stderr, exit }: PrintingProcess): void {
  stdout.on("error", (error) => {
    if (error.code === "EPIPE") return exit(0);
    stderr.write(`cannot write to standard output: ${describeCause(error)}\n`);
    exit(1);
  });
  stderr.on("error", (error) => exit(error.code === "EPIPE" ? 0 : 1));
}
