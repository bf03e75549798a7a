import { readEnd } from "../jobs/log-file.ts";

/** The last lines of the service's log; none if there is no log. */
export function logEnd(path: string, lines = 5): readonly string[] {
  try {
    return [...readEnd(path, lines)].join("").trimEnd().split("\n").filter(Boolean);
  } catch {
    return [];
  }
}

/** What a runner has said of its end: the error that its log ends with, or whatever it said last. */
export function lastWords(lines: readonly string[]): readonly string[] {
  const before = lines.findLastIndex((line) => !/^(?:ERROR:|\s)/.test(line));
  const error = lines.slice(before + 1);
  return error.length > 0 ? error : lines.slice(-1);
}
