import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { environmentOf, fileVariables, variableSource } from "./variables.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "planoai-variables-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("the first variable of a .env counts, also after the mark that some editors put before it", () => {
  writeFileSync(join(folder, ".env"), "\uFEFFFIRST=one\nSECOND=two\n");
  expect(environmentOf(folder, { THIRD: "three" })).toEqual({ FIRST: "one", SECOND: "two", THIRD: "three" });
  expect(fileVariables(["FIRST"], folder)).toEqual({ FIRST: "one" });
  expect(variableSource("FIRST", folder, {})).toBe(".env");
});

test("a folder without a .env adds nothing", () => {
  expect(environmentOf(folder, { THIRD: "three" })).toEqual({ THIRD: "three" });
  expect(variableSource("THIRD", folder, { THIRD: "three" })).toBe("environment");
});
