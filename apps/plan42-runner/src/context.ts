import type { Terminal } from "@plano/terminal";
import type { Environment } from "./environment.ts";

/** What the program gets from the process that it runs in. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly platform: string;
  /** Gets one line of the log at a time, with its end. */
  readonly writeLog: (line: string) => void;
  /** Whether a person reads the log as it is written. */
  readonly logIsTerminal: boolean;
  /** Calls back at each request to stop, and returns how to stop listening. */
  readonly onStopSignal: (listener: (signal: string) => void) => () => void;
  /** Calls back at each request to read the configuration again. */
  readonly onReloadSignal: (listener: () => void) => () => void;
}
