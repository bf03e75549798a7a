import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { rememberFiles } from "./remember-files.ts";

test("files are as they were when they are put back", () => {
  const folder = mkdtempSync(join(tmpdir(), "planoai-remember-"));
  try {
    writeFileSync(join(folder, "config.yaml"), "former");
    writeFileSync(join(folder, "gone.pem"), "certificate");
    const putBack = rememberFiles(folder);
    writeFileSync(join(folder, "config.yaml"), "next");
    writeFileSync(join(folder, "added.pem"), "another");
    rmSync(join(folder, "gone.pem"));
    putBack();
    expect(readdirSync(folder).sort()).toEqual(["config.yaml", "gone.pem"]);
    expect(readFileSync(join(folder, "config.yaml"), "utf8")).toBe("former");
    expect(readFileSync(join(folder, "gone.pem"), "utf8")).toBe("certificate");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
