import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { showInPager } from "./pager.ts";

test("a pager gets nothing that steers the terminal, but colours", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plan42-pager-"));
  const path = join(folder, "shown");
  const text = ["\u001b[2J\u001b]0;title\u0007", "\u001b[31mred\u001b[0m\n"];
  expect(await showInPager(text, { ...process.env, PAGER: `cat > '${path}'` })).toBe(0);
  expect(readFileSync(path, "utf8")).toBe("␛[2J␛]0;title␇\u001b[31mred\u001b[0m\n");
  rmSync(folder, { recursive: true });
});
