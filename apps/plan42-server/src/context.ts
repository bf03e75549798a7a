import type { Terminal } from "@plano/terminal";

/** Environment variables of the program; undefined when not set. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the outside world looks like to the program. Tests build their own. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  /** The folder that relative paths of the command line start from. */
  readonly currentFolder: string;
  /** The folder that holds the migrations. */
  readonly migrationsFolder: string;
  /** File with an empty database, if the build made one. */
  readonly databaseTemplate: string;
  /** This machine's table of routes as Linux writes it; empty elsewhere. */
  readonly readRoutes: () => string;
  /** Takes one line of the log. */
  readonly log: (level: "info" | "error", message: string, fields?: object) => void;
  /** Calls back on SIGINT and SIGTERM, each time. */
  readonly onStopSignal: (listener: () => void) => void;
}
