import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { requireStaticProgram, whyNotStatic } from "./static-program.ts";

/** The beginning of a program with one segment. */
function program({ machine = 62, segment = 1, kind = 2 } = {}): Buffer {
  const content = Buffer.alloc(128);
  content.write("\x7fELF\x02\x01", "latin1");
  content.writeUInt16LE(kind, 16);
  content.writeUInt16LE(machine, 18);
  content.writeBigUInt64LE(0x1000n, 24);
  content.writeBigUInt64LE(64n, 32);
  content.writeUInt16LE(56, 54);
  content.writeUInt16LE(1, 56);
  content.writeUInt32LE(segment, 64);
  return content;
}

test("a static program can be one, position-independent or not", () => {
  expect(whyNotStatic(program(), "x86_64")).toBeUndefined();
  expect(whyNotStatic(program({ kind: 3 }), "x86_64")).toBeUndefined();
  expect(whyNotStatic(program({ machine: 183 }), "aarch64")).toBeUndefined();
});

test("what cannot run in an image says why", () => {
  expect(whyNotStatic(Buffer.from("# Read me\n"), "x86_64")).toContain("no program for Linux");
  expect(whyNotStatic(program({ machine: 183 }), "x86_64")).toContain("not for x86_64");
  expect(whyNotStatic(program({ segment: 3 }), "x86_64")).toContain("not static");
  expect(whyNotStatic(program({ kind: 1 }), "x86_64")).toContain("can be started");
});

test("one that is not there, and a folder, are named", () => {
  expect(() => requireStaticProgram("/nonexistent", "x86_64")).toThrow(
    "cannot read the program /nonexistent",
  );
  expect(() => requireStaticProgram("/", "x86_64")).toThrow("cannot read the program /");
});

test.runIf(process.platform === "linux")("the Node of this test needs its libraries", () => {
  expect(
    whyNotStatic(readFileSync(process.execPath), process.arch === "x64" ? "x86_64" : "aarch64"),
  ).toContain("not static");
});
