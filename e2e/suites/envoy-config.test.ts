import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { envoyProgram, filterFolder } from "../support/envoy.ts";

const run = promisify(execFile);
const golden = new URL("../../config/golden/", import.meta.url);
const cases = readdirSync(golden).filter((name) => existsSync(new URL(`${name}/envoy.yaml`, golden)));

describe.skipIf(envoyProgram === undefined)("the real Envoy accepts what is rendered for it", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "plano-e2e-"));
    await writeFile(join(folder, "ca.pem"), rootCertificates.slice(0, 3).join("\n"));
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each(cases)("%s", async (name) => {
    const text = await readFile(new URL(`${name}/envoy.yaml`, golden), "utf8");
    const file = join(folder, `${name}.yaml`);
    // The small filter in both places: Envoy compiles what it checks.
    const placed = text
      .replaceAll(/\/filters\/\w+\.wasm/g, join(filterFolder, "prompt_gateway.wasm"))
      .replaceAll("/logs/", `${folder}/`)
      .replaceAll(/\/etc\/ssl\/[\w./-]+/g, join(folder, "ca.pem"));
    await writeFile(file, placed);
    const checked = await run(envoyProgram ?? "", ["--mode", "validate", "-c", file, "-l", "error"]);
    expect(checked.stdout).toContain("OK");
  });
});
