import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { forgetUsedImage, listUsedImages, noteUsedImage } from "./used-images.ts";

test("images are noted once, whatever their names, and forgotten", async () => {
  const root = mkdtempSync(join(tmpdir(), "plan42-images-"));
  const folder = join(root, "images");
  expect(await listUsedImages(folder)).toEqual([]);
  const before = Date.now() - 1000;
  for (const reference of ["example.com:5000/team/agent:1", "agent", "agent"]) {
    await noteUsedImage(folder, reference);
  }
  const images = await listUsedImages(folder);
  expect(images.map(({ reference }) => reference).sort()).toEqual(["agent", "example.com:5000/team/agent:1"]);
  for (const { lastUsedAt } of images) expect(lastUsedAt.getTime()).toBeGreaterThan(before);
  await forgetUsedImage(folder, "example.com:5000/team/agent:1");
  expect(await listUsedImages(folder)).toHaveLength(1);
  rmSync(root, { recursive: true });
});
