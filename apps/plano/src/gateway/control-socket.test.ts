import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { placeControlSocket } from "./control-socket.ts";
import { runFiles } from "./run-files.ts";

let temporary: string;
let own: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), "planoai-socket-"));
  own = join(temporary, `planoai-${process.getuid?.()}`);
});
afterEach(() => rmSync(temporary, { recursive: true }));

const longHome = `/home/${"x".repeat(120)}`;

test("the usual place is beside the other files", () => {
  const files = runFiles("/home/me");
  expect(placeControlSocket(files, ["/not-there"])).toBe(files.controlSocket);
});

test("of a long home it is in a folder of the user's own, for each home another", () => {
  const path = placeControlSocket(runFiles(longHome), [temporary]);
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(103);
  expect(dirname(path)).toBe(own);
  expect((statSync(own).mode & 0o777).toString(8)).toBe("700");
  expect(placeControlSocket(runFiles(longHome), [temporary])).toBe(path);
  expect(placeControlSocket(runFiles(`${longHome}2`), [temporary])).not.toBe(path);
});

test("a temporary folder that is as long is passed over", () => {
  expect(dirname(placeControlSocket(runFiles(longHome), [longHome, temporary]))).toBe(own);
  expect(() => placeControlSocket(runFiles(longHome), [longHome])).toThrow("too long for a socket");
});

test.each([
  ["others may look into", () => mkdirSync(own, { mode: 0o755 })],
  ["is a link", () => symlinkSync("/root", own)],
])("a folder that %s is not used", (_, make) => {
  make();
  expect(() => placeControlSocket(runFiles(longHome), [temporary])).toThrow("cannot keep the control socket");
});
