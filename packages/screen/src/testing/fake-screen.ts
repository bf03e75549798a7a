import { EventEmitter } from "node:events";
import { stripVTControlCharacters } from "node:util";

/** A terminal in a test: what is drawn is kept, and keys are sent as bytes. */
export interface FakeScreen {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** Everything that was written, in the pieces in which it was. */
  readonly writes: string[];
  /** The last of them that shows something, without its colours. */
  frame(): string;
  /** Sends keys, one after the other. */
  press(...keys: readonly string[]): void;
  resize(columns: number, rows: number): void;
}

export function createFakeScreen(columns: number, rows: number): FakeScreen {
  const writes: string[] = [];
  const size = { columns, rows };
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    writable: true,
    write: (text: string, done?: () => void) => {
      writes.push(text);
      done?.();
      return true;
    },
  });
  for (const name of ["columns", "rows"] as const)
    Object.defineProperty(stdout, name, { get: () => size[name] });
  const waiting: string[] = [];
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true,
    setEncoding: () => {},
    setRawMode: () => {},
    resume: () => {},
    pause: () => {},
    ref: () => {},
    unref: () => {},
    read: () => waiting.shift() ?? null,
  });
  return {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    writes,
    frame: () =>
      writes
        .map(stripVTControlCharacters)
        .findLast((text) => text.trim() !== "")
        ?.trimEnd() ?? "",
    press: (...keys) => {
      for (const key of keys) {
        waiting.push(key);
        stdin.emit("readable");
      }
    },
    resize: (nextColumns, nextRows) => {
      size.columns = nextColumns;
      size.rows = nextRows;
      stdout.emit("resize");
    },
  };
}
