import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { endWithReader } from "./end-with-reader.ts";

test("a reader that goes is no failure, and another fault of a stream is one", () => {
  const codes: number[] = [];
  const told: string[] = [];
  const stdout = new EventEmitter();
  const stderr = Object.assign(new EventEmitter(), { write: (text: string) => told.push(text) });
  endWithReader({ stdout, stderr, exit: (code) => codes.push(code) });
  stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  stderr.emit("error", Object.assign(new Error("no space"), { code: "ENOSPC" }));
  expect([codes, told]).toEqual([[0, 1], []]);
  stdout.emit("error", Object.assign(new Error("no space"), { code: "ENOSPC" }));
  expect([codes, told]).toEqual([
    [0, 1, 1],
    ["cannot write to standard output: no space left on the device\n"],
  ]);
});
