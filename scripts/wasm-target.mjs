// The compiler's target for Envoy's filters. Plain Node 20.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./steps.mjs";

export const wasmTarget = "wasm32-wasip1";

/** Whether the compiler knows WebAssembly, or learns it. */
export function hasWasmTarget() {
  const crates = join(root, "crates");
  const { stdout } = spawnSync("rustc", ["--print", "sysroot"], { cwd: crates, encoding: "utf8" });
  if (existsSync(join((stdout ?? "").trim(), "lib", "rustlib", wasmTarget))) return true;
  const added = spawnSync("rustup", ["target", "add", wasmTarget], {
    cwd: crates,
    stdio: "ignore",
    timeout: 120_000,
  });
  return added.status === 0;
}
