// Bundles the program into dist/, one chunk per command.
import { fileURLToPath } from "node:url";
import { bundleProgram } from "@plano/launcher/bundle";
import { createTerminal } from "@plano/terminal";
import { createProgram } from "../src/program.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));

const silent = { write: () => true };
const program = createProgram({
  terminal: createTerminal({ stdout: silent, stderr: silent, environment: {} }),
  environment: {},
  platform: process.platform,
  currentFolder: folder,
  programFolder: folder,
  input: { isTerminal: false, lines: async function* () {} },
  outputIsTerminal: false,
  onStopSignal: () => () => {},
  become: () => {
    throw new Error("the build starts no program");
  },
});
await bundleProgram({ folder, name: "plan42", node: "22.15", help: program.help() });
