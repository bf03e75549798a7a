import type { Screen } from "@plano/screen";
import type { Terminal } from "@plano/terminal";
import type { Execute } from "./services/service-manager.ts";

/** Environment variables of the program; undefined when not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Standard input, which is read only by commands that ask for it. */
interface Input {
  readonly isTerminal: boolean;
  /** Its lines without their ends. Ending the loop early leaves the rest unread. */
  lines(): AsyncIterable<string>;
}

/** What the outside world looks like to a command. Tests build their own. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** As in `process.platform`. */
  readonly platform: string;
  /** The folder that relative paths of the command line start from. */
  readonly currentFolder: string;
  /** The folder that the program is installed in, which holds `bin/` and `dist/`. */
  readonly programFolder: string;
  readonly input: Input;
  /** The terminal that screens are shown on. */
  readonly screen: Screen;
  /** Whether a person looks at standard output. */
  readonly outputIsTerminal: boolean;
  /** Calls back on SIGINT, SIGTERM and SIGHUP, which then no longer end the program. Returns how to stop that. */
  readonly onStopSignal: (listener: () => void) => () => void;
  /** Runs another program to its end, without a shell. */
  readonly execute: Execute;
  /** Becomes another program, which gets this process, its streams and its environment. Never returns. */
  readonly become: (program: string, words: readonly string[]) => never;
}
