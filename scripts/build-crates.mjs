// Builds what the CLI operates: brightstaff, and the two filters where the compiler knows their target.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./steps.mjs";
import { hasWasmTarget, wasmTarget } from "./wasm-target.mjs";

/** @param {string[]} args */
function build(...args) {
  const built = spawnSync("cargo", ["build", "--locked", ...args], {
    cwd: join(root, "crates"),
    stdio: "inherit",
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
}

build("--release", "-p", "brightstaff");
if (hasWasmTarget()) {
  build("--profile", "filter", "--target", wasmTarget, "-p", "llm_gateway", "-p", "prompt_gateway");
} else {
  process.stdout.write(`the target ${wasmTarget} is not to be had here: no filters for native mode\n`);
}
