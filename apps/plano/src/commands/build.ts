import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import { formatBytes } from "@plano/terminal";
import type { Context } from "../context.ts";
import { filterFolder } from "../native/find-filters.ts";

/** Builds the native server and Envoy's filters from the checkout around the current folder, and lists them. */
export async function run(
  _options: object,
  { terminal, currentFolder, environment }: Context,
): Promise<number> {
  const root = findCheckout(currentFolder);
  const crates = join(root, "crates");
  terminal.line(`Building brightstaff and the filters of Envoy in ${crates}`);
  const target = join(crates, "target");
  const common = ["build", "--locked", "--target-dir", target];
  await runCargo([...common, "--release", "-p", "brightstaff"], crates, environment);
  const wasm = ["--profile", "filter", "--target", "wasm32-wasip1"];
  await runCargo([...common, ...wasm, "-p", "llm_gateway", "-p", "prompt_gateway"], crates, environment);
  const artefacts = [
    join(target, "release", "brightstaff"),
    join(target, filterFolder, "llm_gateway.wasm"),
    join(target, filterFolder, "prompt_gateway.wasm"),
  ];
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
      const message = `cargo failed (${signal ?? `exit code ${code}`})`;
      const hint = "If it misses the target of the filters: rustup target add wasm32-wasip1";
      reject(new AppError(message, { code: "build-failed", hint }));
    });
  });
}
