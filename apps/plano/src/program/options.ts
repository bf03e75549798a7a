import { InvalidArgumentError } from "commander";

/** For options that may be given more than once. */
export function collect(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

/** A port that can be listened at. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw new InvalidArgumentError("It must be a number from 1 to 65535.");
}

/** A whole number. */
export function parseCount(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It must be a whole number.");
}
