import { expect, test } from "vitest";
import { parseLibraries } from "./shared-libraries.ts";

test("libraries and loader are found, and what the kernel brings is not", () => {
  const printed = `\tlinux-vdso.so.1 (0x00007f7767a0b000)
\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f776791a000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f776061e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f7767a0d000)
`;
  expect(parseLibraries(printed)).toEqual([
    "/lib/x86_64-linux-gnu/libm.so.6",
    "/lib/x86_64-linux-gnu/libc.so.6",
    "/lib64/ld-linux-x86-64.so.2",
  ]);
});

test("a static program has none", () => {
  expect(parseLibraries("\tstatically linked\n")).toEqual([]);
});

test("one that is missing is named", () => {
  expect(() => parseLibraries("\tlibodd.so.1 => not found\n")).toThrow("libodd.so.1");
});
