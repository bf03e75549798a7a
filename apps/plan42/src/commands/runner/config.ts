import type { Context } from "../../context.ts";
import { becomeSibling } from "../../siblings.ts";

/** Becomes plan42-runner-config. */
export async function run(words: readonly string[], context: Context): Promise<number> {
  return becomeSibling("plan42-runner-config", words, context);
}
