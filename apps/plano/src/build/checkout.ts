import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError, describeCause } from "@plano/errors";
import type { Environment } from "../context.ts";

/** The nearest folder upward that holds the gateway's sources. */
export function findCheckout(start: string): string {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, "crates", "brightstaff", "Cargo.toml"))) return folder;
    if (folder === dirname(folder)) break;
  }
  throw new AppError(`${start} is not inside a checkout of Plano`, {
    code: "no-checkout",
    hint: "Run this in the folder that holds crates/, or below it.",
  });
}

/** Runs cargo in a folder, with its words shown. Throws an AppError if it is not there, or fails. */
export function runCargo(args: readonly string[], folder: string, environment: Environment): Promise<void> {
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
