import type { InForce } from "./control.ts";
import type { Description } from "./description.ts";

/** What a data plane tells of its configuration; it writes this file itself. */
export interface ConfigState {
  readonly pid: number;
  readonly in_force: InForce;
  /** Null as long as it is the configuration that it was started with. */
  readonly description: Description | null;
  /** Why the last new configuration is not in force; null if it is. */
  readonly last_failure: { readonly at_ms: number; readonly reason: string } | null;
}

/** Reads the file's text; undefined if it says nothing that can be understood. */
export function parseConfigState(text: string): ConfigState | undefined {
  try {
    const state: Partial<ConfigState> | null = JSON.parse(text);
    return typeof state?.in_force?.version === "number" ? (state as ConfigState) : undefined;
  } catch {
    return undefined;
  }
}
