/** The part of a process that what it prints goes through. */
interface PrintingProcess {
  readonly stdout: ErrorSource;
  readonly stderr: ErrorSource;
  exit(code: number): void;
}

interface ErrorSource {
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Ends a process in peace once the reader of a pipe has gone, as in `planoai logs | head`: nobody is left to tell. */
export function endWithReader(process: PrintingProcess): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1));
  }
}
