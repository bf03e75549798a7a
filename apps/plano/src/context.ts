import type { Terminal } from "@plano/terminal";

/** Environment variables of the program; undefined when not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the outside world looks like to a command. Tests build their own. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** The folder that relative paths of the command line start from. */
  readonly currentFolder: string;
  /** The folder that the program is installed in, which holds `bin/` and `dist/`. */
  readonly programFolder: string;
  /** What starts this program: a program and its first arguments. */
  readonly ownCommand: readonly string[];
  /** Reads standard input to its end. */
  readonly readInput: () => Promise<string>;
  /** Calls back on SIGINT, SIGTERM and SIGHUP, which then no longer end the program. Returns how to stop that. */
  readonly onStopSignal: (listener: () => void) => () => void;
}
