import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { sleep } from "@plano/waiting";

const pieceBytes = 64 * 1024;
const lastLineBytes = 4 * 1024;
const pollMilliseconds = 100;
const newline = 10;

export interface FollowOptions {
  /** How many of the last lines to begin with; all when undefined. */
  readonly lines: number | undefined;
  readonly onText: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A file's text in pieces, from its last `lines` lines on, or all of it. */
export function* readEnd(path: string, lines: number | undefined): Generator<string> {
  const file = openSync(path, "r");
  try {
    const decoder = new StringDecoder("utf8");
    let position = lines === undefined ? 0 : startOfLastLines(file, lines);
    for (;;) {
      const bytes = readAt(file, position);
      if (bytes.length === 0) break;
      position += bytes.length;
      yield decoder.write(bytes);
    }
    yield decoder.end();
  } finally {
    closeSync(file);
  }
}

/** The last line that says something, of a file's last few thousand bytes; undefined if there is none. */
export function readLastLine(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  try {
    const bytes = readAt(file, Math.max(0, fstatSync(file).size - lastLineBytes));
    return bytes
      .subarray(0, lastLineBytes)
      .toString("utf8")
      .split("\n")
      .findLast((line) => line.trim() !== "");
  } finally {
    closeSync(file);
  }
}

/**
 * Hands on a file's end and all that is added, also when it does not exist yet, is replaced by another or is
 * begun anew. Rejects with the signal's reason.
 */
export async function followFile(path: string, { lines, onText, signal }: FollowOptions): Promise<never> {
  let file: number | undefined;
  let position = 0;
  let decoder = new StringDecoder("utf8");
  const open = (from: (opened: number) => number) => {
    file = openSync(path, "r");
    position = from(file);
    decoder = new StringDecoder("utf8");
  };
  try {
    if (existsSync(path)) open((opened) => (lines === undefined ? 0 : startOfLastLines(opened, lines)));
    for (;;) {
      while (file !== undefined) {
        if (fstatSync(file).size < position) open(() => 0);
        const bytes = readAt(file, position);
        if (bytes.length === 0) break;
        position += bytes.length;
        onText(decoder.write(bytes));
      }
      if (isOther(path, file)) {
        if (file !== undefined) closeSync(file);
        open(() => 0);
        continue;
      }
      await sleep(pollMilliseconds, signal);
    }
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whether there is a file under the path that is not the open one. */
function isOther(path: string, file: number | undefined): boolean {
  if (!existsSync(path)) return false;
  return file === undefined || statSync(path).ino !== fstatSync(file).ino;
}

function readAt(file: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(pieceBytes);
  return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, position));
}

/** Where the last lines begin, found from the end so that a long file is not read whole. */
function startOfLastLines(file: number, lines: number): number {
  const { size } = fstatSync(file);
  if (lines === 0) return size;
  let left = lines;
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - pieceBytes);
    const buffer = Buffer.allocUnsafe(end - start);
    readSync(file, buffer, 0, buffer.length, start);
    for (let index = buffer.length - 1; index >= 0; index -= 1) {
      // The newline that ends the file begins no line.
      if (buffer[index] !== newline || start + index === size - 1) continue;
      left -= 1;
      if (left === 0) return start + index + 1;
    }
    end = start;
  }
  return 0;
}
