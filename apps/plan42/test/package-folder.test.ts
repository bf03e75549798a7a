import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";

const scripts = fileURLToPath(new URL("../../../scripts/package", import.meta.url));
const { claimFolder } = await import(join(scripts, "claim-folder.mjs"));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "packages-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function pack(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(scripts, "package.mjs"), "--built", ...words],
    { cwd: folder, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

test("packages are not made where something else is", () => {
  writeFileSync(join(folder, "thesis.txt"), "dear");
  for (const name of [folder, "."]) {
    expect(pack(name)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /holds what no earlier run has made \(thesis\.txt\); name a new folder\n$/,
      ),
    });
  }
  expect(pack("thesis.txt")).toMatchObject({ status: 1, stderr: expect.stringContaining("is no folder") });
  expect(readdirSync(folder)).toEqual(["thesis.txt"]);
});

test("words that mean nothing are refused, and help makes nothing", () => {
  expect(pack("--bulit", "out")).toMatchObject({ status: 2, stderr: expect.stringContaining("--bulit") });
  expect(pack("one", "two")).toMatchObject({ status: 2, stderr: expect.stringContaining("one folder") });
  expect(pack("--help", "out")).toMatchObject({ status: 0, stdout: expect.stringContaining("Usage:") });
  expect(readdirSync(folder)).toEqual([]);
});

test("what an earlier run has made goes", () => {
  const made = ["SHA256SUMS", "plan42-0.1.0.tgz", "plan42-0.1.0-linux-x64.tgz", "plan42_0.1.0_amd64.deb"];
  for (const name of made) writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, ".plan42-packages"));
  claimFolder(folder);
  expect(readdirSync(folder)).toEqual([]);
  claimFolder(join(folder, "new/one"));
  expect(readdirSync(folder)).toEqual(["new"]);
});
