import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const tools = fileURLToPath(new URL("../../.tools/", import.meta.url));
const installed = existsSync(tools)
  ? readdirSync(tools).find((name) => name.startsWith("envoy-"))
  : undefined;

/** The Envoy that set-up has installed; undefined on machines that none is to be had for. */
export const envoyProgram = installed === undefined ? undefined : `${tools}${installed}/envoy`;

/** Where the compiled filters are. */
export const filterFolder = fileURLToPath(
  new URL("../../crates/target/wasm32-wasip1/filter/", import.meta.url),
);
