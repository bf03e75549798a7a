/** The part of a process that what it prints goes through. */
interface PrintingProcess {
  readonly stdout: ErrorSource;
  readonly stderr: ErrorSource;
  readonly exit: (code: number) => void;
}

interface ErrorSource {
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/** Ends a process in peace once the reader of a pipe has gone, as in `planoai logs | head`: nobody is left to tell. */
export function endWithReader({ stdout, stderr, exit }: PrintingProcess): void {
  for (const stream of [stdout, stderr]) {
    stream.on("error", (error) => exit(error.code === "EPIPE" ? 0 : 1));
  }
}
