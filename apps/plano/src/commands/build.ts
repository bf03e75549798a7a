import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { formatBytes } from "@plano/terminal";
import type { Context } from "../context.ts";

/** Builds the data plane from the checkout that the current folder is in, and lists what was built. */
export async function run(
  _options: object,
  { terminal, currentFolder, environment }: Context,
): Promise<number> {
  const root = findCheckout(currentFolder);
  const crates = join(root, "crates");
  terminal.line(`Building brightstaff in ${crates}`);
  const target = join(crates, "target");
  await runCargo(
    ["build", "--release", "--locked", "-p", "brightstaff", "--target-dir", target],
    crates,
    environment,
  );
  const artefacts = [join(target, "release", "brightstaff")];
  terminal.heading("Built");
  terminal.table(artefacts.map((path) => [`  ${path}`, formatBytes(statSync(path).size)]));
  return 0;
}

/** The nearest folder upward that holds the gateway's sources. */
function findCheckout(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "crates", "brightstaff", "Cargo.toml"))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new AppError(`${start} is not inside a checkout of Plano`, {
    code: "no-checkout",
    hint: "Run this in the folder that holds crates/, or below it.",
  });
}

function runCargo(
  args: readonly string[],
  folder: string,
  environment: Context["environment"],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cargo = spawn("cargo", args, {
      cwd: folder,
      env: environment,
      stdio: ["ignore", "inherit", "inherit"],
    });
    cargo.once("error", (cause) => {
      const missing = "code" in cause && cause.code === "ENOENT";
      const message = missing ? "cargo is not installed" : `cannot run cargo: ${describeCause(cause)}`;
      reject(
        new AppError(message, {
          code: "no-cargo",
          cause,
          hint: "Rust is installed by rustup: https://rustup.rs",
        }),
      );
    });
    cargo.once("exit", (code, signal) => {
      if (code === 0) return resolve();
      reject(new AppError(`cargo failed (${signal ?? `exit code ${code}`})`, { code: "build-failed" }));
    });
  });
}
