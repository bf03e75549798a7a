import type { Context } from "../../context.ts";
import { becomeSibling } from "../../siblings.ts";

/** Becomes plan42-server. */
export async function run(words: readonly string[], context: Context): Promise<number> {
  return becomeSibling("plan42-server", words, context);
}
