import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { makeTemplate } from "../src/database/embedded.ts";

declare module "vitest" {
  interface ProvidedContext {
    databaseTemplate: string;
  }
}

/** Makes the empty database that all files of tests start from. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "plan42-server-template-"));
  const template = join(folder, "empty.tar.gz");
  await makeTemplate(template);
  project.provide("databaseTemplate", template);
  return () => rmSync(folder, { recursive: true, force: true });
}
