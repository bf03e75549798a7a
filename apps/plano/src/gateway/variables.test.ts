import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { environmentOf, fileVariables, variableSource, withInherited } from "./variables.ts";

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

test("what is inherited stands in for what is missing, and nothing else", async () => {
  writeFileSync(join(folder, ".env"), "HIDDEN=\n");
  const required = ["KEPT", "OWN", "HIDDEN"].map((name) => ({ name, usedBy: ["it"] }));
  const inherit = async () => ({ KEPT: "old", OWN: "old", HIDDEN: "old" });
  expect(await withInherited(required, folder, { OWN: "new", KEPT: "" }, inherit)).toEqual({
    KEPT: "old",
    OWN: "new",
    HIDDEN: "",
  });
});

test("nothing is inherited where nothing is missing", async () => {
  const inherit = () => Promise.reject(new Error("it was asked"));
  const known = await withInherited([{ name: "OWN", usedBy: ["it"] }], folder, { OWN: "new" }, inherit);
  expect(known).toEqual({ OWN: "new" });
});
