import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Gateway } from "./gateway.ts";

/** What the data plane tells of its configuration. */
export interface ConfigState {
  readonly in_force: { readonly version: number; readonly changes: readonly string[] };
  readonly last_failure: { readonly at_ms: number; readonly reason: string } | null;
}

export async function configState({ folder }: Gateway): Promise<ConfigState> {
  return JSON.parse(await readFile(join(folder, ".plano/run/config_state.json"), "utf8")) as ConfigState;
}

/** Does something, and resolves once the data plane tells something new: what, and after how many milliseconds. */
export async function afterChange(
  gateway: Gateway,
  act: () => Promise<unknown>,
): Promise<{ state: ConfigState; milliseconds: number }> {
  const before = await configState(gateway);
  await act();
  const started = performance.now();
  for (;;) {
    const state = await configState(gateway);
    const milliseconds = performance.now() - started;
    if (
      state.in_force.version !== before.in_force.version ||
      (state.last_failure !== null && state.last_failure.at_ms !== before.last_failure?.at_ms)
    ) {
      return { state, milliseconds };
    }
    if (milliseconds > 20_000) throw new Error("the data plane did not take notice within 20 s");
    await pause(5);
  }
}

/** The middle one, and the greatest. */
export function middleAndMost(values: readonly number[]): { middle: number; most: number } {
  const sorted = values.toSorted((left, right) => left - right);
  return { middle: sorted[Math.floor(sorted.length / 2)] ?? 0, most: sorted.at(-1) ?? 0 };
}
