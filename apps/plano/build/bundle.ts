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
  currentFolder: folder,
  programFolder: folder,
  ownCommand: [],
  readInput: async () => "",
  onStopSignal: () => () => {},
});
await bundleProgram({ folder, name: "planoai", node: "22.12", help: program.help() });
