import type { Screen } from "@plano/screen";
import type { Terminal } from "@plano/terminal";
import type { Environment } from "./environment.ts";

/** What the program gets from the process that it runs in. */
export interface Context {
  readonly terminal: Terminal;
  readonly environment: Environment;
  readonly platform: string;
  readonly now: () => Date;
  /** Everything that comes on standard input. */
  readonly readInput: () => Promise<string>;
  /** The terminal that the form is shown on. */
  readonly screen: Screen;
}

/** Whether there is a terminal to show the form on. */
export function hasTerminal({ screen }: Pick<Context, "screen">): boolean {
  return Boolean(screen.stdin.isTTY && screen.stdout.isTTY);
}
