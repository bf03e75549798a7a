// Runs a program compiled for wasm32-wasip1, as cargo's runner: node scripts/wasi.mjs PROGRAM [ARG ...].
// It sees the files of the checkout, and no variables. Node 20 falls over large memories; the pinned one does not.
/// <reference lib="dom" />
import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";
import { root } from "./steps.mjs";

const [program = "", ...args] = process.argv.slice(2);
const wasi = new WASI({ version: "preview1", args: [program, ...args], preopens: { [root]: root } });
const imports = /** @type {WebAssembly.Imports} */ (wasi.getImportObject());
const { instance } = await WebAssembly.instantiate(await readFile(program), imports);
process.exitCode = wasi.start(instance);
