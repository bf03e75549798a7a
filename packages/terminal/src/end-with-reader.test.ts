import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { endWithReader } from "./end-with-reader.ts";

test("a reader that goes is no failure, and another fault of a stream is one", () => {
  const codes: number[] = [];
  const [stdout, stderr] = [new EventEmitter(), new EventEmitter()];
  endWithReader({ stdout, stderr, exit: (code) => codes.push(code) });
  stdout.emit("error", Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
  stderr.emit("error", Object.assign(new Error("no space"), { code: "ENOSPC" }));
  expect(codes).toEqual([0, 1]);
});
