import { outlineOf } from "./document.ts";

/**
 * The line that a key or a table's head is on, counted from 1. `path` is as problems have it, such as
 * `runner.max_jobs`. Undefined if it is not written, or the text is no TOML.
 */
export function lineOf(text: string, path: string): number | undefined {
  try {
    const { entries, sections } = outlineOf(text);
    const wanted = path.toLowerCase();
    const found = [...entries, ...sections].find((one) => one.path.join(".").toLowerCase() === wanted);
    return found?.node.loc.start.line;
  } catch {
    return undefined;
  }
}
